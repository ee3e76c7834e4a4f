"""How every change of a client is written: on the revision that the caller has seen, with its event in one transaction.

The rooms that change clients (`clients.registration` first) decide what; nothing else writes a client's row. Each
change raises `revision` by a conditional UPDATE that compares it: whoever is late is told so, and hot paths notice the
change at their next request.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import F

import audit
from clients.models import Client
from clients.rules.validation import Fault

# What is kept beside a client's facts, brought up to date in the transaction of every change.
AFTER_CHANGE: list[Callable[[Client, datetime], None]] = []


class Refused(Exception):
    """What was asked is refused; nothing was written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = faults


class ChangedMeanwhile(Exception):
    """Somebody else changed or deleted the client since the caller read it; nothing was written."""


def demand_sound(found: list[Fault]) -> None:
    """Raise Refused where there is a fault."""
    if found:
        raise Refused(found)


def write(
    client: Client, columns: dict[str, Any], *, revision: int | None, now: datetime, deleted: bool = False
) -> None:
    """The conditional UPDATE that every change goes through; `revision` None: as `client` was read.

    `deleted`: it is a deleted client that is written, which restoring alone does.
    """
    seen = client.revision if revision is None else revision
    rows = Client.objects.filter(pk=client.pk, revision=seen, deleted_at__isnull=not deleted)
    if rows.update(**columns, revision=F("revision") + 1, updated=now) != 1:
        raise ChangedMeanwhile
    client.refresh_from_db()


def record(kind: str, client: Client, by: audit.Actor, now: datetime, **details: Any) -> None:
    """The event of a change, in the same transaction, which ends with it; it says which revision it made.

    `clients.changes.revisions` reads that.
    """
    follow_up(client, now)
    details["detail"] = {**details.get("detail", {}), "revision": client.revision}
    subject = audit.Subject("client", client.pk, f"{client.name} ({client.client_id})")
    audit.record(kind, actor=by, subject=subject, at=now, **details)


def follow_up(client: Client, now: datetime) -> None:
    """Bring up to date what is kept beside the client's facts."""
    for follow in AFTER_CHANGE:
        follow(client, now)


def bypassed(client: Client) -> dict[str, bool]:
    """R44: a change that went past protection says so in its event."""
    return {"protectionBypassed": True} if client.is_protected else {}
