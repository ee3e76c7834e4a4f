"""The shared half of counting refusals: one row for equal refusals within a period, seen by every worker.

Opening a window inserts the first refusal's event; closing it inserts one more with the count. `audit.refusals`
keeps the count of a worker in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from audit.models import RefusalWindow
from audit.recording import Actor, Subject, record
from audit.storable import storable, storable_text

PERIOD = timedelta(seconds=60)
# Workers write their counts within this time; only then is a window closed from outside.
GRACE = timedelta(seconds=15)
REPEATED = "refusals.repeated"
LONGEST_VALUE = 500  # characters of any text in a refusal's detail: an attacker chooses it
BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A refusal that may repeat: those with the same `kind` and `key` are equal."""

    kind: str
    key: tuple[str, ...]
    actor: Actor
    subject: Subject
    detail: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The key as the shared row knows it."""
        return hashlib.sha256(json.dumps([self.kind, *self.key]).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Window:
    """An open window, with the words that its closing event needs."""

    digest: str
    reference: str
    event_kind: str
    subject_name: str
    facts: Mapping[str, Any]
    opened_at: datetime
    closes_at: datetime


def open_or_join(refusal: Refusal, *, reference: str, now: datetime) -> Window:
    """Open the window and insert the refusal's event, or count the refusal in the window that is open already.

    Raises the database's errors; nothing is half-written then.
    """
    with transaction.atomic():
        row = _insert_or_read(refusal, reference=reference, now=now)
        if row.closes_at <= now:
            _close(row, now=now)
            row = _insert_or_read(refusal, reference=reference, now=now)
        if row.reference == reference:
            detail = storable(refusal.detail, longest=LONGEST_VALUE)
            record(
                refusal.kind,
                actor=refusal.actor,
                subject=refusal.subject,
                at=now,
                reference=reference,
                detail=detail,
            )
        else:
            RefusalWindow.objects.filter(pk=row.pk).update(repeats=F("repeats") + 1)
    return _window(row)


def _insert_or_read(refusal: Refusal, *, reference: str, now: datetime) -> RefusalWindow:
    """INSERT … ON CONFLICT DO NOTHING, then read: whoever came first is in the row (again where it just closed)."""
    row = RefusalWindow(
        key=refusal.digest,
        reference=reference,
        event_kind=refusal.kind,
        subject_name=storable_text(refusal.subject.name, longest=512),
        detail=_facts(refusal),
        opened_at=now,
        closes_at=now + PERIOD,
    )
    RefusalWindow.objects.bulk_create([row], ignore_conflicts=True)
    stored = RefusalWindow.objects.filter(key=refusal.digest).first()
    return stored or _insert_or_read(refusal, reference=reference, now=now)


def _facts(refusal: Refusal) -> dict[str, Any]:
    """What the closing event repeats of the first one."""
    facts = {
        "actor_id": refusal.actor.id,
        "actor_name": refusal.actor.name,
        "address": refusal.actor.address,
        "subject_kind": refusal.subject.kind,
        "subject_id": refusal.subject.id,
    }
    cleaned: dict[str, Any] = storable(facts, longest=255)
    return cleaned


def _window(row: RefusalWindow) -> Window:
    return Window(
        digest=row.key,
        reference=row.reference,
        event_kind=row.event_kind,
        subject_name=row.subject_name,
        facts=row.detail,
        opened_at=row.opened_at,
        closes_at=row.closes_at,
    )


def add_repeats(window: Window, count: int, *, now: datetime) -> None:
    """Add a worker's count. Where the window has been closed meanwhile, the count becomes an event of its own."""
    with transaction.atomic():
        open_row = RefusalWindow.objects.filter(key=window.digest, reference=window.reference)
        if not open_row.update(repeats=F("repeats") + count):
            _record_repeats(window, count, now=now)


def close_expired(now: datetime) -> int:
    """Close every window whose time is over, in batches; returns how many."""
    closed = 0
    while rows := list(RefusalWindow.objects.filter(closes_at__lte=now - GRACE).order_by("closes_at")[:BATCH]):
        done = 0
        for row in rows:
            with transaction.atomic():
                done += _close(row, now=now)
        closed += done
        if not done:  # workers are writing to these very rows; the next run finds them quiet
            break
    return closed


def _close(row: RefusalWindow, *, now: datetime) -> bool:
    """Consume the row, then record its count. Not when a worker has added to it since it was read."""
    if not RefusalWindow.objects.filter(pk=row.pk, repeats=row.repeats).delete()[0]:
        return False
    if row.repeats:
        _record_repeats(_window(row), row.repeats, now=now)
    return True


def _record_repeats(window: Window, count: int, *, now: datetime) -> None:
    facts = window.facts
    record(
        REPEATED,
        actor=Actor(name=facts.get("actor_name", ""), id=facts.get("actor_id"), address=facts.get("address", "")),
        subject=Subject(facts.get("subject_kind", ""), facts.get("subject_id"), window.subject_name),
        at=now,
        reference=window.reference,
        detail={"of": window.event_kind, "repeats": count, "since": window.opened_at.isoformat()},
    )
