"""Making clients what a document says (`apply`, import): first the plan, then the change. Idempotent.

A named client becomes what its row says; a key left out keeps its value, or takes its default on creation. The
caller plans and applies row by row inside one transaction, after the users that rows may name as owners; to show
the plan alone it rolls back. Acts as super-administrator, so protection does not bind it (R44; the event says so).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import audit
from accounts.models import User
from clients import credentials, grant_types, registration, rotation
from clients.client_ids import client_id_fault
from clients.document import CONCEALED, DocumentFault, Row, fault_at, from_document
from clients.facts import ClientFacts, differences, facts_of
from clients.models import Client
from clients.protection import Unchangeable, demand_changeable
from clients.rotation import Wanted
from clients.validation import Fault
from clients.writing import ChangedMeanwhile, Refused

Action = Literal["add", "change", "none"]


class DocumentRefused(Exception):
    """Every fault of one row; nothing was written."""

    def __init__(self, faults: list[DocumentFault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class ClientPlan:
    """What applying one row will do. `changes`: `{key: [old, new]}`; a secret stands in it as CONCEALED."""

    action: Action
    client_id: str
    changes: Mapping[str, list[Any]]
    row: Row = field(repr=False)
    client: Client | None = field(default=None, repr=False)
    path: str = ""


def plan_client(data: object, *, now: datetime, path: str = "clients[0]") -> ClientPlan:
    """What `data` would change. Raises DocumentRefused with every fault, each with its path."""
    client = _existing(data, path=path)
    base, active = (None, True) if client is None else (facts_of(client), client.is_active)
    row, found = from_document(data, path=path, base=base, active=active)
    if row is None:
        raise DocumentRefused(found)
    if client is None:
        return _plan_new(row, path=path)
    changes = _changes(client, row, now=now)
    action: Action = "change" if changes else "none"
    if changes or grant_types.unknown(row.facts.grants):
        _demand_changeable(client, path=path)
        refused = registration.faults(row.facts, client=client)
        if "clientSecret" in changes:
            refused += registration.secret_faults(row.facts, row.secret)
        _refuse(refused, path=path)
    return ClientPlan(action=action, client_id=client.client_id, changes=changes, row=row, client=client, path=path)


def _changes(client: Client, row: Row, *, now: datetime) -> dict[str, list[Any]]:
    changes = differences(facts_of(client), row.facts.normal())
    if row.active != client.is_active:
        changes["active"] = [client.is_active, row.active]
    if row.secret is not None and not _already_has(client, row.secret, now=now):
        changes["clientSecret"] = [CONCEALED, CONCEALED]
    return changes


def _plan_new(row: Row, *, path: str) -> ClientPlan:
    if not row.facts.owner:
        row = replace(row, facts=replace(row.facts, owner=_default_owner()))
    refused = registration.faults(row.facts, client_id=row.client_id)
    if not row.client_id:
        refused.append(Fault(field="client_id", code="required", message="It is required."))
    _refuse([*refused, *registration.secret_faults(row.facts, row.secret)], path=path)
    changes = differences(ClientFacts(name="", type=""), row.facts.normal())
    changes["active"] = [None, row.active]
    if row.secret is not None:
        changes["clientSecret"] = [None, CONCEALED]
    return ClientPlan(action="add", client_id=row.client_id, changes=changes, row=row, path=path)


def apply_client(plan: ClientPlan, *, by: audit.Actor, now: datetime) -> None:
    """Carry `plan` out. Raises DocumentRefused where the store has changed since it was planned."""
    try:
        client = plan.client or _register(plan.row, by=by, now=now)
        if plan.action == "change":
            _change(client, plan, by=by, now=now)
        if plan.row.active != client.is_active:
            registration.set_active(client=client, active=plan.row.active, by=by, now=now, despite_protection=True)
    except Refused as refused:
        raise DocumentRefused([fault_at(fault, path=plan.path) for fault in refused.faults]) from refused
    except (ChangedMeanwhile, Unchangeable) as error:
        message = str(error) or "It was changed by somebody else meanwhile; plan again."
        raise DocumentRefused([DocumentFault(path=plan.path, message=message)]) from error


def _register(row: Row, *, by: audit.Actor, now: datetime) -> Client:
    """Without `clientSecret`, a new confidential client has secret state `none` until reset (contracts)."""
    return registration.register(
        facts=row.facts,
        client_id=row.client_id,
        custom_secret=row.secret,
        with_secret=row.secret is not None,
        by=by,
        now=now,
    ).client


def _change(client: Client, plan: ClientPlan, *, by: audit.Actor, now: datetime) -> None:
    registration.edit(client=client, facts=plan.row.facts, by=by, now=now, despite_protection=True, with_secret=False)
    if "clientSecret" in plan.changes:
        rotation.rotate(client=client, by=by, now=now, wanted=Wanted(custom=plan.row.secret), despite_protection=True)


def _existing(data: object, *, path: str) -> Client | None:
    """The stored client that a row names. A deleted one keeps its id (R3), and cannot be brought back this way."""
    client_id = data.get("clientId") if isinstance(data, Mapping) else None
    if not isinstance(client_id, str) or "\x00" in client_id or client_id_fault(client_id):
        return None
    client: Client | None = Client.objects.select_related("owner").filter(client_id=client_id).first()
    if client is not None and client.deleted_at is not None:
        message = "A client of this id was deleted; this version cannot restore it yet."
        raise DocumentRefused([DocumentFault(path=f"{path}.clientId", message=message)])
    return client


def _default_owner() -> str:
    """R7's default is whoever acts; a document acts as super-administrator: the longest-standing one."""
    standing = User.objects.filter(kind=User.Kind.PERSON, is_superuser=True, is_active=True, deleted_at=None)
    return standing.order_by("pk").values_list("username", flat=True).first() or ""


def _already_has(client: Client, secret: str, *, now: datetime) -> bool:
    """Whether `secret` is the one live secret of the client: applying it again changes nothing."""
    live = credentials.live_secrets(client.pk, now=now)
    return len(live) == 1 and secret.isascii() and credentials.find(secret, live) is not None


def _demand_changeable(client: Client, *, path: str) -> None:
    try:
        demand_changeable(client, despite_protection=True)
    except Unchangeable as refusal:
        raise DocumentRefused([DocumentFault(path=path, message=str(refusal))]) from refusal


def _refuse(faults: list[Fault], *, path: str) -> None:
    if faults:
        raise DocumentRefused([fault_at(fault, path=path) for fault in faults])
