"""Recording: one plain insert an event, no lock, in the caller's transaction where it has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from audit.models import Event
from audit.storable import storable, storable_text

log = structlog.get_logger("audit.event")
REQUEST_ID = "authserver.request_id"  # where a request's id stands on its environ


@dataclass(frozen=True)
class Actor:
    """Who did it, from where: a person, a client, or the server itself (`SYSTEM`)."""

    name: str
    id: int | None = None
    address: str = ""
    request_id: str = ""


SYSTEM = Actor(name="system")


@dataclass(frozen=True)
class Subject:
    """What it was done to; `kind` is a word such as `client`, `user`, `settings`."""

    kind: str
    id: int | None
    name: str


NOTHING = Subject("", None, "")


@dataclass(frozen=True, kw_only=True)
class Details:
    """What an event may carry beside its kind. `changes` maps a field to `[old, new]`, never to a secret."""

    reference: str = ""
    reason: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)


def record(kind: str, *, actor: Actor, subject: Subject = NOTHING, at: datetime | None = None, **details: Any) -> Event:
    """Insert one event. `details` are the members of `Details`; an unknown one is a TypeError."""
    known = Details(**details)
    event = Event.objects.create(
        at=at or timezone.now(),
        kind=kind,
        actor_id=actor.id,
        actor_name=storable_text(actor.name, longest=255),
        address=storable_text(actor.address, longest=64),
        request_id=storable_text(actor.request_id, longest=64),
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_name=storable_text(subject.name, longest=512),
        reference=known.reference,
        reason=storable_text(known.reason),
        changes=storable(known.changes),
        detail=storable(known.detail),
    )
    transaction.on_commit(lambda: _log(event))
    return event


def _log(event: Event) -> None:
    """One structured line an event, once it stands; what it says beside is in the trail."""
    log.info(
        event.kind,
        number=event.pk,
        actor=event.actor_name,
        subject=f"{event.subject_kind} {event.subject_name}".strip(),
        address=event.address,
        reference=event.reference,
    )
