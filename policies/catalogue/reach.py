"""Who may be granted what: which clients' allowed scopes let through which names of the catalogue (R33, R35)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from accounts.authorization import may
from accounts.models import User
from accounts.permissions import Permission
from clients import access
from clients.models import Client
from policies import use
from policies.scopes import pattern_matches

PER_PAGE = 50


@dataclass(frozen=True)
class Matcher:
    """What allowed scopes let through among `names`; each pattern is compared once."""

    names: frozenset[str]
    _patterns: dict[str, frozenset[str]] = field(default_factory=dict)

    def covered(self, element: str) -> frozenset[str]:
        """By one element, a name or a pattern."""
        if "*" not in element:
            return self.names & {element}
        if element not in self._patterns:
            self._patterns[element] = frozenset(name for name in self.names if pattern_matches(element, name))
        return self._patterns[element]

    def elements(self, allowed_scope: str) -> tuple[str, ...]:
        """Those elements that cover any of the names."""
        return tuple(element for element in allowed_scope.split() if self.covered(element))

    def reached(self, allowed_scope: str) -> frozenset[str]:
        """The names that are covered by any element."""
        return frozenset().union(*(self.covered(element) for element in allowed_scope.split()))


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A client, the elements by which it may be granted the names that were asked about, and those names.

    `last`: the day (UTC) on which it was last granted the name, or used it, where one name was asked about.
    """

    client: Client
    elements: tuple[str, ...]
    names: tuple[str, ...]
    may_change: bool
    last: date | None = None

    @property
    def patterns(self) -> list[str]:
        return [element for element in self.elements if "*" in element]


@dataclass(frozen=True, kw_only=True)
class Holders:
    """One page of clients; `count`: of all pages."""

    page: Page[Any]
    rows: tuple[Holder, ...]

    @property
    def count(self) -> int:
        return self.page.paginator.count


def holders(names: Iterable[str], viewer: User, *, number: str) -> Holders:
    """Those that `viewer` sees and that may be granted any of `names`, by name.

    Three statements: the first reads allowed scopes alone, since only our matcher knows what a pattern covers.
    """
    matcher = Matcher(frozenset(names))
    found = [
        (pk, elements)
        for pk, text in _candidates(matcher.names, viewer).values_list("pk", "allowed_scope")
        if (elements := matcher.elements(text))
    ]
    page = Paginator(found, PER_PAGE).get_page(number)
    clients = Client.objects.select_related("owner").in_bulk([pk for pk, _ in page.object_list])
    last = use.last_granted(next(iter(matcher.names)), clients) if len(matcher.names) == 1 else {}
    rows = (
        replace(_holder(clients[pk], elements, matcher, viewer), last=last.get(pk))
        for pk, elements in page.object_list
        if pk in clients
    )
    return Holders(page=page, rows=tuple(rows))


def _candidates(names: frozenset[str], viewer: User) -> QuerySet[Client]:
    """Clients whose text may match: with a star, or, where one name is looked for, with that name in it."""
    clients = access.visible_to(viewer).exclude(allowed_scope="").order_by("name", "version", "pk")
    if len(names) != 1:
        return clients if names else clients.none()
    return clients.filter(Q(allowed_scope__contains="*") | Q(allowed_scope__contains=next(iter(names))))


def _holder(client: Client, elements: tuple[str, ...], matcher: Matcher, viewer: User) -> Holder:
    names = frozenset().union(*(matcher.covered(element) for element in elements))
    frozen = client.is_protected or client.is_system
    may_change = not frozen and may(viewer, Permission.CLIENTS_EDIT, client)
    return Holder(client=client, elements=elements, names=tuple(sorted(names)), may_change=may_change)


def counts(names: Iterable[str], viewer: User) -> Counter[str]:
    """How many clients that `viewer` sees may be granted each of `names`. One statement."""
    matcher, found = Matcher(frozenset(names)), Counter[str]()
    texts = access.visible_to(viewer).exclude(allowed_scope="").order_by().values_list("allowed_scope")
    for text, number in texts.annotate(clients=Count("pk")):
        for name in matcher.reached(text):
            found[name] += number
    return found
