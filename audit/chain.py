"""The hash chain over events: what is hashed, in one form that both databases give back the same. Pure.

Each hash covers the event's whole content, its place, and the hash before it: to change one event unseen, every
later hash must be changed too, and the last one is what `manage.py audit verify` prints, to be kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from audit.models import Event

FIRST = "0" * 64  # what the first event follows
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


class Content(NamedTuple):
    """What of an event is hashed, under the names of its fields."""

    id: int
    at: datetime
    kind: str
    actor_id: int | None
    actor_name: str
    address: str
    request_id: str
    subject_kind: str
    subject_id: int | None
    subject_name: str
    reference: str
    reason: str
    changes: Any
    detail: Any


def event_hash(event: Event, *, sequence: int, previous_hash: str) -> str:
    """The hash of an event at this place, behind the one with `previous_hash`."""
    content = Content._make(getattr(event, name) for name in Content._fields)
    return content_hash(content, sequence=sequence, previous_hash=previous_hash)


def content_hash(content: Content, *, sequence: int, previous_hash: str) -> str:
    """SHA-256 over canonical JSON: sorted keys, no spaces, ASCII, the moment in UTC to the microsecond."""
    hashed = content._asdict()
    hashed["at"] = content.at.astimezone(UTC).isoformat(timespec="microseconds")
    hashed["sequence"], hashed["previous_hash"] = sequence, previous_hash
    return hashlib.sha256(_canonical(hashed).encode("ascii")).hexdigest()
