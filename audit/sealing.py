"""Sealing: giving unsealed events their places in the hash chain, in the order of their insertion.

Recording never waits for this. The chain's head is a row of its own: moving it, by an UPDATE that compares it, is
the gate through which one sealer at a time gets; it also shows when the newest events have been taken away.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from audit.chain import FIRST, event_hash
from audit.models import ChainHead, Event

BATCH = 200

log = structlog.get_logger("audit.sealing")


class Raced(Exception):
    """Another sealer was faster; this batch is rolled back."""


def seal(_: datetime | None = None) -> int:
    """Seal everything that waits, in batches; returns how many events. A job of the maintenance loop."""
    sealed = 0
    try:
        while batch := _seal_batch():
            sealed += batch
    except Raced:
        pass
    except IntegrityError:
        log.error("sealing.blocked", hint="An event stands beyond the chain's head; run `manage.py audit verify`.")
    return sealed


@transaction.atomic
def _seal_batch() -> int:
    head, _ = ChainHead.objects.get_or_create(pk=1, defaults={"sequence": 0, "hash": FIRST})
    events = list(Event.objects.filter(sequence=None).order_by("pk")[:BATCH])
    if not events:
        return 0
    previous = head.hash
    for sequence, event in enumerate(events, start=head.sequence + 1):
        digest = event_hash(event, sequence=sequence, previous_hash=previous)
        event.sequence, event.previous_hash, event.hash = sequence, previous, digest
        previous = digest
    _move_head(head, sequence=head.sequence + len(events), hash_=previous)
    for event in events:
        _write(event)
    return len(events)


def _move_head(head: ChainHead, *, sequence: int, hash_: str) -> None:
    if not ChainHead.objects.filter(pk=1, sequence=head.sequence).update(sequence=sequence, hash=hash_):
        raise Raced


def _write(event: Event) -> None:
    unsealed = Event.objects.filter(pk=event.pk, sequence=None)
    if not unsealed.update(sequence=event.sequence, previous_hash=event.previous_hash, hash=event.hash):
        raise Raced
