"""R7 under a race: nobody leaves with a client that was given to them at the very moment."""

from __future__ import annotations

from tests.ground.running import MakeServer
from tests.people.at_once import MEETINGS


def test_r7_whoever_leaves_and_is_given_a_client_at_once_either_stays_or_does_not_get_it(server: MakeServer) -> None:
    """By every door and in both orders: the later one waits, and is refused."""
    store = server(started=False)
    said = store.shell("from tests.people import at_once; print(*at_once.run(), sep='\\n')").splitlines()
    assert said == [f"{door} {end} {first} refused answered" for door, end, first in MEETINGS]
