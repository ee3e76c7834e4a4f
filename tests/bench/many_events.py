"""A long audit trail as years of a large organisation write it: made quickly, past the recorder's door, and sealed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Max

from audit.chain import FIRST, event_hash
from audit.models import ChainHead, Event
from tests.bench.many_clients import KINDS, PLACES, SUBJECTS

BATCH = 5000
APART = timedelta(seconds=63)  # a million of them are two years
HAPPENED = (
    ("sign_in.succeeded", 30),
    ("token.refused", 22),
    ("client.changed", 14),
    ("consent.given", 12),
    ("token.revoked", 8),
    ("client.registered", 6),
    ("client.secret_rotated", 5),
    ("user.changed", 2),
    ("settings.changed", 1),
)


def make(count: int, *, now: datetime) -> None:
    """`count` sealed events up to `now`; the same ones every time. Nothing may be sealed yet."""
    chance = random.Random(7)
    first = (Event.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    Event.objects.all().delete()
    previous = FIRST
    batch: list[Event] = []
    for event in _events(count, first, chance, now):
        event.sequence, event.previous_hash = event.pk - first + 1, previous
        previous = event.hash = event_hash(event, sequence=event.sequence, previous_hash=previous)
        batch.append(event)
        if len(batch) == BATCH or event.sequence == count:
            Event.objects.bulk_create(batch)
            batch = []
    ChainHead.objects.update_or_create(pk=1, defaults={"sequence": count, "hash": previous})
    _number_on(first + count)


def _events(count: int, first: int, chance: random.Random, now: datetime) -> Iterator[Event]:
    kinds, weights = [kind for kind, _ in HAPPENED], [weight for _, weight in HAPPENED]
    for number in range(count):
        kind = chance.choices(kinds, weights)[0]
        person, client = chance.randrange(400), chance.randrange(5000)
        named = f"{chance.choice(SUBJECTS)} {chance.choice(KINDS)} {chance.choice(PLACES)} {client}"
        by_client = kind == "token.refused"
        changed = kind.endswith("changed")
        yield Event(
            id=first + number,
            at=now - APART * (count - number),
            kind=kind,
            actor_id=None if by_client else person,
            actor_name=f"client-{client:04}" if by_client else f"person-{person:04}",
            address=f"198.51.{person % 100}.{client % 250}",
            request_id=f"{chance.getrandbits(64):016x}",
            subject_kind="user" if kind.startswith("user.") else "client",
            subject_id=client,
            subject_name=f"person-{person:04}" if kind.startswith("user.") else f"{named} (client-{client:04})",
            reference=f"R-{number // 10_000:04}-{number % 10_000:04}" if by_client else "",
            reason="The order of last week." if changed and chance.random() < 0.3 else "",
            changes={"allowedScope": ["orders.read", f"orders.read orders.{person}"]} if changed else {},
            detail={"error": "invalid_scope", "rule": "scope"} if by_client else {},
        )


def _number_on(following: int) -> None:
    """The rows have been given their numbers; the next one that the server records goes on behind them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('audit_event', 'id'), %s, false)", [following])
