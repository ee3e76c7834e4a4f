"""How many clients there are, match, and would match with one choice more (R51). Never more work than a page is worth.

Few clients are counted by every facet at once, in one statement. Of many, only the total is counted, along one index;
what a filter matches is counted up to MOST_COUNTED, and choices bear no number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Case, Count, QuerySet, When
from django.db.models.functions import Coalesce

from clients.listing import address
from clients.listing.address import Address
from clients.listing.conditions import STALE_AFTER, Asking, narrow
from clients.models import Client

FEW = 2_000  # clients whose every choice is counted
MOST_COUNTED = 10_000
BY_SQL = ("owner", "namespace", "secret")  # facets that the groups below do not tell apart


@dataclass(frozen=True, kw_only=True)
class Counts:
    """`matching` is exact, or with `more` the least that it is. `choices`: by facet and value, if counted."""

    total: int
    matching: int
    more: bool = False
    choices: Mapping[tuple[str, str], int] = field(default_factory=dict)


def count(visible: QuerySet[Client], to: Address, asking: Asking) -> Counts:
    """Two statements at most. `visible`: what the viewer sees."""
    total = visible.count()
    if total <= FEW:
        return _by_choice(visible, to, asking, total=total)
    if not to.narrowed:
        return Counts(total=total, matching=total)
    matching = narrow(visible, to, asking).order_by()[: MOST_COUNTED + 1].count()
    return Counts(total=total, matching=min(matching, MOST_COUNTED), more=matching > MOST_COUNTED)


Group = Mapping[str, object]


def _by_choice(visible: QuerySet[Client], to: Address, asking: Asking, *, total: int) -> Counts:
    """A choice's number: how many there would be with it alone in its facet, all other facets staying as they are."""
    told = {name: values for name, values in to.chosen.items() if name not in BY_SQL}
    base = narrow(visible, replace(to, chosen={n: v for n, v in to.chosen.items() if n in BY_SQL}), asking)
    groups = _groups(base, now=asking.now)
    return Counts(
        total=total,
        matching=sum(number for group, number in groups if _matches(group, told)),
        choices={
            (name, value): sum(number for group, number in groups if _matches(group, {**told, name: (value,)}))
            for name, choices in address.CHOICES.items()
            if name not in BY_SQL
            for value in choices
        },
    )


def _groups(clients: QuerySet[Client], *, now: datetime) -> list[tuple[Group, int]]:
    """Clients that no facet tells apart, counted together (one statement)."""
    columns = ("client_type", "grant_types", "is_active", "is_protected", "access_tokens_never_expire",
               "linter_level", "judged", "stale")  # fmt: skip
    told_apart = clients.order_by().annotate(
        judged=_whether(linter_score__isnull=False),
        idle_since=Coalesce("last_used_at", "created"),
        stale=_whether(idle_since__lt=now - STALE_AFTER, is_system=False),
    )
    groups = told_apart.values(*columns).annotate(number=Count("pk"))
    return [(group, int(group["number"])) for group in groups]


def _whether(**conditions: object) -> Case:
    return Case(When(**conditions, then=True), default=False)


def _matches(group: Group, chosen: Mapping[str, tuple[str, ...]]) -> bool:
    return all(any(_MATCHES[name](group, value) for value in values) for name, values in chosen.items())


def _in_status(group: Group, value: str) -> bool:
    return bool(group["is_protected"]) if value == "protected" else group["is_active"] is (value == "active")


def _at_risk(group: Group, value: str) -> bool:
    return bool(group["judged"]) and group["linter_level"] == ("" if value == "none" else value)


# The conditions of `clients.listing.conditions`, asked of a group. A test holds the two to each other.
_MATCHES: Mapping[str, Callable[[Group, str], bool]] = {
    "type": lambda group, value: group["client_type"] == value,
    "grant": lambda group, value: value in str(group["grant_types"]).split(),
    "status": _in_status,
    "risk": _at_risk,
    "protected": lambda group, _: bool(group["is_protected"]),
    "lifetime": lambda group, _: bool(group["access_tokens_never_expire"]),
    "use": lambda group, _: bool(group["stale"]),
}
