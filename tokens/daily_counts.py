"""How many tokens each client was issued a day and how often it was refused one: gathered in the worker, written every
few seconds, so that no page counts tokens and no request writes a second row.

What a killed worker had not yet written is lost; these are facts for people, not for decisions. Only a client that was
authenticated, or has named itself where it has nothing to prove, is counted, so that nobody fills the table.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from clients.models import Client
from tokens.models import DailyCount, DailyTotal

KEPT_FOR = timedelta(days=100)
MOST_IN_MEMORY = 50_000  # clients and days between two flushes
BATCH = 5_000


@dataclass(slots=True)
class Count:
    """What came of the requests of one client on one day (UTC)."""

    issued: int = 0
    refused: int = 0


_lock = threading.Lock()
_counts: dict[tuple[int, date], Count] = {}


def note_issued(client_pk: int, *, now: datetime) -> None:
    """Remember one answer with a token; nothing is written yet."""
    with _lock:
        if (count := _count_of(client_pk, now)) is not None:
            count.issued += 1


def note_refused(client_pk: int, *, now: datetime) -> None:
    """Remember one request for a token that was refused; nothing is written yet."""
    with _lock:
        if (count := _count_of(client_pk, now)) is not None:
            count.refused += 1


def _count_of(client_pk: int, now: datetime) -> Count | None:
    key = (client_pk, now.astimezone(UTC).date())
    if key not in _counts and len(_counts) < MOST_IN_MEMORY:
        _counts[key] = Count()
    return _counts.get(key)


def flush() -> int:
    """Write what was gathered; returns how many rows that were."""
    with _lock:
        gathered = dict(_counts)
        _counts.clear()
    if not gathered:
        return 0
    known = set(Client.objects.filter(pk__in={pk for pk, _ in gathered}).values_list("pk", flat=True))
    rows = {key: count for key, count in sorted(gathered.items(), key=lambda row: row[0]) if key[0] in known}
    with transaction.atomic():
        # Two workers may write one row at once: it is made where it is not, then added to.
        DailyCount.objects.bulk_create([DailyCount(client_id=pk, day=day) for pk, day in rows], ignore_conflicts=True)
        for (pk, day), count in rows.items():
            DailyCount.objects.filter(client=pk, day=day).update(
                issued=F("issued") + count.issued, refused=F("refused") + count.refused
            )
        _add_to_totals(rows)
    return len(rows)


def _add_to_totals(rows: Mapping[tuple[int, date], Count]) -> None:
    """The whole server's days beside the clients', so that no page adds up a day of a hundred thousand clients."""
    totals: dict[date, Count] = {}
    for (_, day), count in rows.items():
        total = totals.setdefault(day, Count())
        total.issued += count.issued
        total.refused += count.refused
    DailyTotal.objects.bulk_create([DailyTotal(day=day) for day in sorted(totals)], ignore_conflicts=True)
    for day, total in sorted(totals.items()):
        DailyTotal.objects.filter(day=day).update(
            issued=F("issued") + total.issued, refused=F("refused") + total.refused
        )


def since(client: Client, first: date) -> Mapping[date, Count]:
    """The days from `first` on of which anything is known."""
    rows = DailyCount.objects.filter(client=client, day__gte=first).values_list("day", "issued", "refused")
    return {day: Count(issued=issued, refused=refused) for day, issued, refused in rows}


def of_server(first: date) -> Mapping[date, Count]:
    """The same of the whole server (one statement of as many rows as days)."""
    rows = DailyTotal.objects.filter(day__gte=first).values_list("day", "issued", "refused")
    return {day: Count(issued=issued, refused=refused) for day, issued, refused in rows}


def busiest(day: date, *, most: int) -> Sequence[DailyCount]:
    """The clients that were issued most on one day, with how many (one statement, along the day's index)."""
    rows = DailyCount.objects.filter(day=day, issued__gt=0, client__deleted_at=None).select_related("client")
    return list(rows.order_by("-issued", "client_id")[:most])


def purge(now: datetime) -> int:
    """Delete the days that no page shows any more; returns how many rows went. What is left waits for the next run."""
    DailyTotal.objects.filter(day__lt=(now - KEPT_FOR).astimezone(UTC).date()).delete()
    old = DailyCount.objects.filter(day__lt=(now - KEPT_FOR).astimezone(UTC).date()).order_by("day")
    batch = list(old.values_list("pk", flat=True)[:BATCH])
    return DailyCount.objects.filter(pk__in=batch).delete()[0] if batch else 0
