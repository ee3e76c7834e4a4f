"""Bringing a deleted client back (R47), within its time: without its tokens, with its service account and secrets.

What deleting ended stays ended: the raised epochs keep every earlier token dead. Its secrets work again unless they
were revoked or have expired. Its name may have been taken meanwhile (R3), and its owner may have left (R7).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

import audit
from clients import service_accounts
from clients.answering import answering
from clients.facts import ClientFacts, differences, facts_of
from clients.life.lifecycle import restorable_until
from clients.models import Client
from clients.rules import names, uniqueness
from clients.rules.uniqueness import STORE, Store
from clients.rules.validation import Fault
from clients.writing import demand_sound, record, write


def with_place(client: Client, *, name: str, version: str, owner: str) -> ClientFacts:
    """The facts that the client comes back with: what it was, at a name that is free, with somebody who answers."""
    return replace(facts_of(client), name=name, version=version, owner=owner).normal()


def faults(client: Client, facts: ClientFacts, *, now: datetime, store: Store = STORE) -> list[Fault]:
    """Why `client` cannot come back as `facts` say."""
    if now >= restorable_until(client):
        message = "The time in which it could be restored is over; it is about to be purged."
        return [Fault(field="deleted", code="too-late", message=message)]
    found = [
        Fault(field=field, code=field, message=message)
        for field, message in (("name", names.name_fault(facts.name)), ("version", names.version_fault(facts.version)))
        if message
    ]
    if not found:
        asked = uniqueness.faults(facts, client=client, store=store)
        found = [fault for fault in asked if fault.field == "name"]
    if store.owner_named(facts.owner) is None:
        found.append(uniqueness.unknown_owner(facts.owner))
    return found


def restore(
    *,
    client: Client,
    facts: ClientFacts,
    by: audit.Actor,
    now: datetime,
    revision: int | None = None,
) -> None:
    """Make the deleted `client` a live one again, with the name and owner of `facts` (`with_place`).

    Raises Refused, ChangedMeanwhile.
    """
    demand_sound(faults(client, facts, now=now))
    changes = {"softDeleted": [True, False], **differences(facts_of(client), facts)}
    columns: dict[str, Any] = {
        "deleted_at": None,
        "deleted_by": "",
        "name": facts.name,
        "version": facts.version,
        "name_key": names.name_key(facts.name, facts.version),
    }
    detail = {"deletedBy": client.deleted_by}
    try:
        with transaction.atomic():
            columns["owner"] = answering(facts.owner)
            if client.confidential:
                columns["service_account"] = service_accounts.ensure(client_id=client.client_id)
            write(client, columns, revision=revision, now=now, deleted=True)
            record("client.restored", client, by, now, changes=changes, detail=detail)
    except IntegrityError:
        demand_sound(faults(client, facts, now=now))
        raise
