"""What happened to a client, read back from the audit trail in words (R10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from audit.models import Event
from clients.change_words import Change, in_words
from clients.models import Client

SHOWN = 6
KINDS = {
    "client.registered": ("Registered", "ok"),
    "client.changed": ("Changed", "info"),
    "client.activated": ("Activated", "ok"),
    "client.deactivated": ("Deactivated", "quiet"),
    "client.secret_reset": ("Secret reset", "info"),
    "client.secret_rotated": ("Secret rotated", "info"),
    "client.secret_changed": ("Secret changed", "info"),
    "client.secret_retired": ("Secret retired", "warn"),
    "client.protected": ("Protected", "guard"),
    "client.protection_lifted": ("Protection lifted", "warn"),
    "client.finding_dismissed": ("Finding dismissed", "warn"),
    "client.finding_restored": ("Finding restored", "info"),
    "client.exported": ("Exported", "quiet"),
    "client.deleted": ("Deleted", "danger"),
}
# Changes of facts: each can be made back by another one.
REVERTIBLE = ("client.changed", "client.activated", "client.deactivated")
BEGINNINGS = ("client.registered",)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event of a client's timeline. `number` is the event's; `address`: where it was done from.

    `detail` says what the event says beside its changes, such as the linter's rule.
    """

    number: int
    kind: str
    title: str
    tone: str
    by: str
    address: str
    at: datetime
    changes: tuple[Change, ...]
    reason: str
    detail: dict[str, Any]

    @property
    def revertible(self) -> bool:
        return self.kind in REVERTIBLE and bool(self.changes)

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
    """What the trail holds of changes of this client, the newest first."""
    events = Event.objects.filter(subject_kind="client", subject_id=client.pk, kind__in=KINDS)
    return events.order_by("-at", "-pk")


def history_of(client: Client) -> History:
    """Two statements."""
    latest = list(events_of(client)[:SHOWN])
    first = latest[-1] if len(latest) < SHOWN and latest else events_of(client).last()
    return History(
        entries=tuple(entry_of(event) for event in latest),
        registered_by=first.actor_name if first and first.kind == "client.registered" else "",
        changed_by=latest[0].actor_name if latest else "",
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
        changes=in_words(event.changes) if isinstance(event.changes, dict) else (),
        reason=event.reason,
        detail=event.detail if isinstance(event.detail, dict) else {},
    )
