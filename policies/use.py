"""What clients really use: scopes asked for, granted and used, grants and redirect URIs, counted by day.

Gathered in the worker and written every few seconds, so that no request pays a statement for it; bounded, since a
client's requests choose what is asked for: only names of the catalogue become rows. What a killed worker had not yet
written is lost; these are facts for people, not for decisions.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Min, Q, Sum

from clients.linter.linted import Used
from clients.models import Client
from policies.models import Scope, Use

KEPT_FOR = timedelta(days=100)
LATELY = timedelta(days=30)
MOST_IN_MEMORY = 50_000  # different things between two flushes
BATCH = 5_000
SCOPE, GRANT, REDIRECT = "scope", "grant", "redirect"
ASKED, GRANTED, USED = "asked", "granted", "used"
Key = tuple[int, date, str, str, str]  # client, day, kind, text, which count

_lock = threading.Lock()
_counts: dict[Key, int] = {}


def note(client_pk: int, kind: str, which: str, text: str, *, now: datetime) -> None:
    """Remember one request; nothing is written yet. `text`: scopes separated by spaces, a grant, a redirect URI."""
    if not text:
        return
    key = (client_pk, now.astimezone(UTC).date(), kind, text, which)
    with _lock:
        if key in _counts or len(_counts) < MOST_IN_MEMORY:
            _counts[key] = _counts.get(key, 0) + 1


def flush() -> int:
    """Write what was gathered; returns how many rows that were."""
    with _lock:
        gathered = dict(_counts)
        _counts.clear()
    if not gathered:
        return 0
    known = set(Client.objects.filter(pk__in={key[0] for key in gathered}).values_list("pk", flat=True))
    rows = _rows({key: count for key, count in gathered.items() if key[0] in known})
    with transaction.atomic():
        # Two workers may write one row at once: it is made where it is not, then added to.
        Use.objects.bulk_create(
            [Use(client_id=pk, day=day, kind=kind, name=name) for pk, day, kind, name in rows], ignore_conflicts=True
        )
        for (pk, day, kind, name), counts in sorted(rows.items()):
            more = {which: F(which) + number for which, number in counts.items()}
            Use.objects.filter(client=pk, day=day, kind=kind, name=name).update(**more)
    return len(rows)


def _rows(gathered: Mapping[Key, int]) -> dict[tuple[int, date, str, str], dict[str, int]]:
    catalogue = set(Scope.objects.values_list("name", flat=True))
    rows: dict[tuple[int, date, str, str], dict[str, int]] = {}
    for (pk, day, kind, text, which), number in gathered.items():
        for name in _names(kind, text, catalogue):
            counts = rows.setdefault((pk, day, kind, name), {})
            counts[which] = counts.get(which, 0) + number
    return rows


def _names(kind: str, text: str, catalogue: Collection[str]) -> Iterable[str]:
    return [name for name in dict.fromkeys(text.split(" ")) if name in catalogue] if kind == SCOPE else [text]


@dataclass(frozen=True, kw_only=True)
class ScopeUse:
    """How often one scope was asked for, granted and used within a time, and when it last was. Days are UTC."""

    name: str
    asked: int = 0
    granted: int = 0
    used: int = 0
    last: date | None = None


def scopes_of(client: Client, *, since: date) -> list[ScopeUse]:
    """Those of which anything is known, the most granted first; one statement."""
    rows = Use.objects.filter(client=client, kind=SCOPE, day__gte=since).values("name")
    summed = rows.annotate(
        sum_asked=Sum("asked"), sum_granted=Sum("granted"), sum_used=Sum("used"), last=Max("day")
    ).order_by("-sum_granted", "-sum_used", "-sum_asked", "name")
    return [
        ScopeUse(
            name=row["name"],
            asked=row["sum_asked"],
            granted=row["sum_granted"],
            used=row["sum_used"],
            last=row["last"],
        )
        for row in summed
    ]


def last_granted(scope: str, client_pks: Collection[int]) -> dict[int, date]:
    """When each of these clients was last granted `scope`, or used it; one statement."""
    rows = Use.objects.filter(kind=SCOPE, name=scope, client__in=client_pks).exclude(granted=0, used=0)
    return dict(rows.values_list("client").annotate(last=Max("day")))


def used_lately(client_pks: Collection[int], now: datetime) -> dict[int, Used]:
    """For the linter: what each client used within LATELY, and for how long that has been counted; one statement."""
    today, lately = now.astimezone(UTC).date(), (now - LATELY).astimezone(UTC).date()
    served = Q(granted__gt=0) | Q(used__gt=0)
    rows = Use.objects.filter(client__in=client_pks).values_list("client", "kind", "name")
    first: dict[int, date] = {}
    names: dict[tuple[int, str], set[str]] = {}
    for pk, kind, name, began, last in rows.annotate(first=Min("day"), last=Max("day", filter=served)):
        first[pk] = min(began, first.get(pk, began))
        if last is not None and last >= lately:
            names.setdefault((pk, kind), set()).add(name)
    return {
        pk: Used(
            days=(today - began).days,
            scopes=frozenset(names.get((pk, SCOPE), ())),
            grants=frozenset(names.get((pk, GRANT), ())),
            redirects=frozenset(names.get((pk, REDIRECT), ())),
        )
        for pk, began in first.items()
    }


def purge(now: datetime) -> int:
    """Delete the days that no page shows any more; returns how many rows went. What is left waits for the next run."""
    old = Use.objects.filter(day__lt=(now - KEPT_FOR).astimezone(UTC).date()).order_by("day")
    batch = list(old.values_list("pk", flat=True)[:BATCH])
    return Use.objects.filter(pk__in=batch).delete()[0] if batch else 0
