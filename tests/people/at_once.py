"""A person ends and is given a client, in two threads at the same moment. Run in a process on a real server's store.

The one that comes first has written and not yet committed when the other begins.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from django.db import connection, transaction
from django.utils import timezone

from accounts import leaving
from accounts.faults import Refused as PersonRefused
from accounts.holdings import EVERYTHING
from accounts.models import User
from clients import ownership, registration
from clients.facts import facts_of
from clients.life import restoring
from clients.models import Client
from clients.ownership import HandOver, HandOverRefused
from clients.writing import Refused
from tests.clients.people import BY, SERVICE, person

BEHIND = 0.2  # seconds in which the second has reached its wait
Step = Callable[[], object]


def _register(name: str) -> None:
    _client(f"Given to {name}", owner=name)


def _client(name: str, *, owner: str) -> Client:
    """Without a secret, which would cost an Argon2 run."""
    facts = replace(SERVICE, name=name, owner=owner)
    return registration.register(facts=facts, with_secret=False, by=BY, now=timezone.now()).client


def _edit(name: str) -> None:
    client = Client.objects.get(name=f"Of mara for {name}")
    registration.edit(client=client, facts=replace(facts_of(client), owner=name), by=BY, now=timezone.now())


def _restore(name: str) -> None:
    client = Client.objects.get(name=f"Deleted for {name}")
    place = restoring.with_place(client, name=client.name, version="", owner=name)
    restoring.restore(client=client, facts=place, by=BY, now=timezone.now())


def _hand_over(name: str) -> None:
    before = User.objects.get(username=f"before-{name}")
    ownership.hand_over(person=before, to=HandOver(rest=name), by=BY, now=timezone.now())


DOORS: dict[str, Callable[[str], None]] = {
    "register": _register, "edit": _edit, "restore": _restore, "hand-over": _hand_over,
}  # fmt: skip


def _deactivate(name: str) -> None:
    user = User.objects.get(username=name)
    leaving.set_active(user=user, active=False, by=BY, giver=EVERYTHING, now=timezone.now())


def _delete(name: str) -> None:
    leaving.delete(user=User.objects.get(username=name), by=BY, giver=EVERYTHING, now=timezone.now())


ENDS: dict[str, Callable[[str], None]] = {"deactivate": _deactivate, "delete": _delete}


# (door, end, who comes first)
MEETINGS = [(door, "deactivate", first) for door in DOORS for first in ("leaves", "takes")]
MEETINGS += [("register", "delete", first) for first in ("leaves", "takes")]


def run() -> Iterator[str]:
    """A line for each: whether the second was refused, and whether who has left owns a client."""
    person("mara")
    for door, end, first in MEETINGS:
        yield _meet(door, end, first)


def _meet(door: str, end: str, first: str) -> str:
    name = f"{door}-{end}-{first}"
    person(name), person(f"before-{name}")
    _client(f"Of mara for {name}", owner="mara")
    _client(f"Of before for {name}", owner=f"before-{name}")
    registration.delete(client=_client(f"Deleted for {name}", owner="mara"), by=BY, now=timezone.now())
    steps: list[Step] = [lambda: ENDS[end](name), lambda: DOORS[door](name)]
    if first == "takes":
        steps.reverse()
    second = _both(*steps)
    owner = User.objects.get(username=name)
    stranded = not owner.is_active and ownership.owned_by(owner).exists()
    return f"{door} {end} {first} {second} {'stranded' if stranded else 'answered'}"


def _both(first: Step, second: Step) -> str:
    """What became of the second, which begins when the first has written and ends when it has committed."""
    written = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        threads.submit(_write_and_stay, first, written)
        return threads.submit(_follow, second, written).result()


def _write_and_stay(step: Step, written: threading.Event) -> None:
    with transaction.atomic():
        step()
        written.set()
        threading.Event().wait(BEHIND)
    connection.close()


def _follow(step: Step, written: threading.Event) -> str:
    assert written.wait(10)
    try:
        step()
    except (Refused, PersonRefused, HandOverRefused):
        return "refused"
    finally:
        connection.close()
    return "done"
