"""The hash chain over events: what is hashed, in one form that both databases give back the same. Pure.

Each hash covers the event's whole content, its place, and the hash before it: to change one event unseen, every
later hash must be changed too, and the last one is what `manage.py audit verify` prints, to be kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

from audit.models import Event

FIRST = "0" * 64  # what the first event follows


def event_hash(event: Event, *, sequence: int, previous_hash: str) -> str:
    """SHA-256 over canonical JSON: sorted keys, no spaces, ASCII, the moment in UTC to the microsecond."""
    content = {
        "sequence": sequence,
        "previous_hash": previous_hash,
        "id": event.pk,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "kind": event.kind,
        "actor_id": event.actor_id,
        "actor_name": event.actor_name,
        "address": event.address,
        "request_id": event.request_id,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "subject_name": event.subject_name,
        "reference": event.reference,
        "reason": event.reason,
        "changes": event.changes,
        "detail": event.detail,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
