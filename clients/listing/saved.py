"""Views of the list under a name (R51): those that are shipped, and those that a person keeps, seen by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from clients.list_models import SavedView
from clients.listing.address import LONGEST_QUERY, Address, parse
from clients.rules.text import fault_of_line

MOST = 20  # of one person
LONGEST_NAME = 60
SHIPPED = (
    ("All", ""),
    ("Mine", "owner=me"),
    ("Needs attention", "status=active&risk=danger"),
    ("Never expires", "lifetime=never"),
    ("Unused for 90 days", "status=active&use=stale"),
    ("Secrets ending soon", "status=active&secret=expiring&secret=expired"),
)


class ViewRefused(Exception):
    """Why a view is not kept; the message is a public sentence."""


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A view as the page offers it."""

    name: str
    query: str
    current: bool


def of(user: User) -> list[SavedView]:
    """The views that `user` keeps, by name (one statement)."""
    return list(SavedView.objects.filter(user=user).order_by("name", "pk")[:MOST])


def tabs(to: Address, kept: list[SavedView], *, sees_all: bool) -> Iterator[Tab]:
    """Shipped ones first. Who sees only the own clients needs no view of them."""
    for name, query in (*SHIPPED, *((view.name, view.query) for view in kept)):
        if sees_all or query != "owner=me":
            yield Tab(name=name, query=query, current=parse(query).view == to.view)


def keep(*, user: User, name: str, query: str, now: datetime) -> SavedView:
    """Keep the address `query` under a name; a name that is there already takes it. Raises ViewRefused."""
    name = _sound(name)
    view = parse(query).view
    if len(view) > LONGEST_QUERY:
        raise ViewRefused("This view is too long to be kept. Take out some filters.")
    with transaction.atomic():
        known = SavedView.objects.filter(user=user, name=name).update(query=view)
        if not known and SavedView.objects.filter(user=user).count() >= MOST:
            raise ViewRefused(f"You keep {MOST} views already. Delete one first.")
        return SavedView.objects.get_or_create(user=user, name=name, defaults={"query": view, "created": now})[0]


def rename(*, view: SavedView, name: str) -> None:
    """Raises ViewRefused."""
    name = _sound(name)
    try:
        with transaction.atomic():
            SavedView.objects.filter(pk=view.pk).update(name=name)
    except IntegrityError as error:
        raise ViewRefused(f"You keep another view called {name}. Choose another name.") from error


def _sound(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise ViewRefused("Give the view a name.")
    if name in {shipped for shipped, _ in SHIPPED}:
        raise ViewRefused(f"{name} is a view of everybody's. Choose another name.")
    if fault := fault_of_line(name, longest=LONGEST_NAME):
        raise ViewRefused(fault)
    return name
