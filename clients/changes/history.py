"""What happened to a client, read back from the audit trail in words (R10)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from audit.models import Event
from clients.changes.change_words import Change, in_words
from clients.models import Client

SHOWN = 5
KINDS = {
    "client.registered": ("Registered", "ok"),
    "client.changed": ("Changed", "info"),
    "client.activated": ("Activated", "ok"),
    "client.deactivated": ("Deactivated", "quiet"),
    "client.secret_reset": ("Secret reset", "info"),
    "client.secret_rotated": ("Secret rotated", "info"),
    "client.secret_changed": ("Secret changed", "info"),
    "client.secret_retired": ("Secret retired", "warn"),
    "client.tokens_revoked": ("Tokens revoked", "warn"),
    "client.protected": ("Protected", "guard"),
    "client.protection_lifted": ("Protection lifted", "warn"),
    "client.finding_dismissed": ("Finding dismissed", "warn"),
    "client.finding_restored": ("Finding restored", "info"),
    "client.permissions_changed": ("API permissions changed", "info"),
    "client.exported": ("Exported", "quiet"),
    "client.restored": ("Restored", "ok"),
    "client.purged": ("Purged", "quiet"),
    "client.deleted": ("Deleted", "danger"),
}
# Changes of facts: each can be made back by another one.
REVERTIBLE = ("client.changed", "client.activated", "client.deactivated")
BEGINNINGS = ("client.registered",)
NO_CHANGES = ("client.exported",)  # they tell of the client, and change nothing
SAID = ("client.activated", "client.deactivated")  # the title says the change
LONGEST_NOTE = 300
NOTED = {
    "rule": "Linter rule",
    "fixes": "Fixes the finding",
    "protectionBypassed": "Went past protection",
    "ended": "Secrets ended",
    "keyId": "Secret",
    "earlier": "Beside",
    "earlierUntil": "Until",
}
UNTOLD = ("revision",)


@dataclass(frozen=True, kw_only=True)
class Note:
    """What an event says beside its changes. `words`: in mono; `event`: another event that is meant."""

    text: str
    words: str = ""
    event: int | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event of a client's timeline. `number` is the event's; `address`: where it was done from."""

    number: int
    kind: str
    title: str
    tone: str
    by: str
    address: str
    at: datetime
    changes: tuple[Change, ...]
    reason: str
    notes: tuple[Note, ...]

    @property
    def revertible(self) -> bool:
        return self.kind in REVERTIBLE

    @property
    def began(self) -> bool:
        """Whether the client is new here, so that there is no old value to show."""
        return self.kind in BEGINNINGS


@dataclass(frozen=True, kw_only=True)
class History:
    """The latest entries, and who registered the client and changed it last (empty: nobody is recorded)."""

    entries: tuple[Entry, ...]
    registered_by: str
    changed_by: str


def events_of(client: Client) -> QuerySet[Event]:
    """What the trail holds of changes of this client, the newest first.

    The kinds say that the subject is a client, and the index `audit_event_client` is by number and kind: a client that
    revokes tokens all day does not bury its few changes.
    """
    events = Event.objects.filter(subject_id=client.pk, kind__in=KINDS)
    return events.order_by("-at", "-pk")


def history_of(client: Client) -> History:
    """Two statements."""
    latest = list(events_of(client)[:SHOWN])
    first = latest[-1] if len(latest) < SHOWN and latest else events_of(client).last()
    return History(
        entries=tuple(entry_of(event) for event in latest),
        registered_by=first.actor_name if first and first.kind == "client.registered" else "",
        changed_by=next((event.actor_name for event in latest if event.kind not in NO_CHANGES), ""),
    )


def entry_of(event: Event) -> Entry:
    """One event in words."""
    title, tone = KINDS[event.kind]
    return Entry(
        number=event.pk,
        kind=event.kind,
        title=title,
        tone=tone,
        by=event.actor_name,
        address=event.address,
        at=event.at,
        changes=in_words(event.changes) if isinstance(event.changes, dict) and event.kind not in SAID else (),
        reason=event.reason,
        notes=tuple(_notes(event.detail)) if isinstance(event.detail, dict) else (),
    )


def _notes(detail: Mapping[str, Any]) -> Iterator[Note]:
    for key, value in detail.items():
        if key == "reverts" and isinstance(value, int):
            yield Note(text="Takes back", event=value)
        elif value is True:
            yield Note(text=NOTED.get(key, _spelt(key)))
        elif key not in UNTOLD and value not in (None, "", [], {}):
            words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield Note(text=NOTED.get(key, _spelt(key)), words=words[:LONGEST_NOTE])


def _spelt(key: str) -> str:
    """`protectedBy` as `Protected by`."""
    return re.sub("([A-Z])", lambda found: f" {found[1].lower()}", key).capitalize()
