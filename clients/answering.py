"""Whoever is given a client stays until that is written (R7): nobody leaves at that very moment with a client in hand.

Who is about to end is locked (`accounts.reach.hold_still`) before anybody asks what they own. Who gives them something
locks them here, so that the later of the two waits, and then finds the client, or nobody to give it to. On SQLite a
transaction is alone from its first statement on.
"""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import User
from clients.rules import uniqueness
from clients.rules.text import forbidden_characters
from clients.writing import Refused


def hold(usernames: Iterable[str]) -> None:
    """Lock these people until the transaction ends; always in one order, lest two who lock several block each other."""
    known = sorted({name for name in usernames if not forbidden_characters(name)})
    list(User.objects.select_for_update(no_key=True).filter(username__in=known).order_by("pk").values_list("pk"))


def answering(username: str) -> User:
    """The active person who is to answer for a client, held until the transaction ends. Raises Refused."""
    hold([username])
    owner = uniqueness.owner_named(username)
    if owner is None:
        raise Refused([uniqueness.unknown_owner(username)])
    return owner
