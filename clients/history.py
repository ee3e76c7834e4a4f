"""What happened to a client, read back from the audit trail in words (R10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.models import Event
from clients.models import Client

SHOWN = 6
LONGEST_VALUE = 40  # characters of a value on the timeline; the audit trail has all of it
KINDS = {
    "client.registered": ("Registered", "ok"),
    "client.changed": ("Changed", "info"),
    "client.activated": ("Activated", "ok"),
    "client.deactivated": ("Deactivated", "quiet"),
    "client.secret_reset": ("Secret reset", "info"),
    "client.protected": ("Protected", "guard"),
    "client.protection_lifted": ("Protection lifted", "warn"),
    "client.finding_dismissed": ("Finding dismissed", "warn"),
    "client.finding_restored": ("Finding restored", "info"),
    "client.deleted": ("Deleted", "danger"),
}
FIELDS = {
    "name": "Name",
    "version": "Version",
    "displayName": "Display name",
    "description": "Description",
    "type": "Type",
    "grants": "Grants",
    "redirectUris": "Redirect URIs",
    "allowedScope": "Allowed scope",
    "owner": "Owner",
    "accessTokenLifetime": "Access-token lifetime",
    "refreshLimit": "Refreshes",
    "tokenFormat": "Token format",
    "pkceRequired": "PKCE required",
    "tokenEndpointAuthMethod": "Authentication method",
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field's change in words."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event of a client's timeline."""

    title: str
    tone: str
    by: str
    at: datetime
    changes: tuple[Change, ...] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class History:
    """The latest entries, and who registered the client and changed it last (empty: nobody is recorded)."""

    entries: tuple[Entry, ...]
    registered_by: str
    changed_by: str


def history_of(client: Client) -> History:
    """Two statements."""
    events = Event.objects.filter(subject_kind="client", subject_id=client.pk, kind__in=KINDS).order_by("-at", "-id")
    latest = list(events[:SHOWN])
    first = latest[-1] if len(latest) < SHOWN and latest else events.last()
    return History(
        entries=tuple(_entry(event) for event in latest),
        registered_by=first.actor_name if first and first.kind == "client.registered" else "",
        changed_by=latest[0].actor_name if latest else "",
    )


def in_words(differences: Mapping[str, list[Any]]) -> tuple[Change, ...]:
    """Differences between facts (`{document key: [old, new]}`) as people read them."""
    return tuple(
        Change(field=FIELDS.get(key, key), old=_shown(old), new=_shown(new)) for key, (old, new) in differences.items()
    )


def _entry(event: Event) -> Entry:
    title, tone = KINDS[event.kind]
    changes: tuple[Change, ...] = ()
    if event.kind == "client.changed":
        changes = in_words(event.changes)
    return Entry(title=title, tone=tone, by=event.actor_name, at=event.at, changes=changes, reason=event.reason)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = " ".join(str(item) for item in value)
    text = "nothing" if value in ("", None) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
