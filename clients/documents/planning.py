"""What a document's row would do to the registry: read, judged and compared, before anything is written.

A named client becomes what its row says; a key left out keeps its value, or takes its default on creation. Who plans
may do what, is decided in `clients.acting`; carrying a plan out is `clients.documents.applying`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from accounts.holdings import permission_faults
from clients import registration
from clients.acting import OPERATOR, Acting
from clients.documents.document import CONCEALED, DocumentFault, Row, fault_at, from_document
from clients.facts import ClientFacts, differences, facts_of
from clients.life import restoring
from clients.life.protection import Unchangeable, demand_changeable
from clients.models import Client
from clients.rules import grant_types
from clients.rules.client_ids import client_id_fault
from clients.rules.uniqueness import ID_TAKEN, STORE, Store
from clients.rules.validation import Fault
from clients.secrets.prepared_secrets import PreparedSecret, already_has
from clients.service_accounts import held_permissions

Action = Literal["add", "change", "none"]
Changes = dict[str, list[Any]]


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
    acting: Acting = OPERATOR
    secret: PreparedSecret | None = field(default=None, repr=False)

    @property
    def despite_protection(self) -> bool:
        """Whether protection, judged when it was planned, lets it pass."""
        return self.acting.past_protection

    @property
    def restores(self) -> bool:
        return self.changes.get("softDeleted") == [True, False]

    @property
    def deletes(self) -> bool:
        return self.changes.get("softDeleted") == [False, True]


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Plans rows, as whoever acts, at `now`. `secrets`: by client id, prepared before the transaction."""

    now: datetime
    acting: Acting = OPERATOR
    store: Store = STORE
    secrets: Mapping[str, PreparedSecret] = field(default_factory=dict, repr=False)

    def plan(self, data: object, *, path: str) -> ClientPlan:
        """What `data` would change. Raises DocumentRefused with every fault, each with its path."""
        client = self._existing(data, path=path)
        base, active = (None, True) if client is None else (facts_of(client), client.is_active)
        row, found = from_document(data, path=path, base=base, active=active)
        if row is None:
            raise DocumentRefused(found)
        if client is None:
            return self._absent(row, path=path) if row.deleted else self._new(row, path=path)
        if client.deleted_at is not None:
            return self._deleted(client, row, path=path)
        return self._known(client, row, path=path)

    def _existing(self, data: object, *, path: str) -> Client | None:
        """The stored client that a row names, deleted ones too. One that the viewer may not see is taken, no more."""
        client_id = data.get("clientId") if isinstance(data, Mapping) else None
        if not isinstance(client_id, str) or "\x00" in client_id or client_id_fault(client_id):
            return None
        client = self.store.client(client_id)
        if client is not None and not self.acting.sees(client):
            raise DocumentRefused([DocumentFault(path=f"{path}.clientId", message=ID_TAKEN)])
        return client

    def _absent(self, row: Row, *, path: str) -> ClientPlan:
        """A client that is to be deleted and is not there: nothing is to be done, now or when it is said again."""
        return ClientPlan(action="none", client_id=row.client_id, changes={}, row=row, path=path)

    def _new(self, row: Row, *, path: str) -> ClientPlan:
        if not row.facts.owner:
            row = replace(row, facts=replace(row.facts, owner=self.acting.default_owner()))
        refused = registration.faults(row.facts, client_id=row.client_id, store=self.store)
        if not row.client_id:
            refused.append(Fault(field="client_id", code="required", message="It is required."))
        refused += [*registration.secret_faults(row.facts, row.secret), *_permission_faults(row)]
        _refuse([*refused, *self.acting.faults_of_new(row)], path=path)
        changes = differences(ClientFacts(name="", type=""), row.facts.normal())
        changes["active"] = [None, row.active]
        if row.permissions:
            changes["apiPermissions"] = [[], list(row.permissions)]
        if row.secret is not None:
            changes["clientSecret"] = [None, CONCEALED]
        return self._plan("add", None, row, changes, path=path)

    def _known(self, client: Client, row: Row, *, path: str) -> ClientPlan:
        changes = self._changes(client, row)
        if row.deleted:
            changes["softDeleted"] = [False, True]
        if changes or grant_types.unknown(row.facts.grants):
            self._judge_change(client, row, changes, path=path)
        return self._plan("change" if changes else "none", client, row, changes, path=path)

    def _deleted(self, client: Client, row: Row, *, path: str) -> ClientPlan:
        """A deleted client stays as it was, or comes back by `softDeleted: false` and is changed then (R47)."""
        changes = self._changes(client, row)
        if row.deleted and not changes:
            return self._plan("none", client, row, changes, path=path)
        if row.deleted is not False:
            message = 'A client of this id was deleted. Say "softDeleted": false to restore it, or choose another id.'
            raise DocumentRefused([DocumentFault(path=f"{path}.clientId", message=message)])
        changes = {"softDeleted": [True, False], **changes}
        refused = restoring.faults(client, row.facts.normal(), now=self.now, store=self.store)
        _refuse([fault for fault in refused if fault.field in ("deleted", "owner")], path=path)
        self._judge_change(client, row, changes, path=path)
        return self._plan("change", client, row, changes, path=path)

    def _changes(self, client: Client, row: Row) -> Changes:
        changes = differences(facts_of(client), row.facts.normal())
        if row.active != client.is_active:
            changes["active"] = [client.is_active, row.active]
        held = list(held_permissions(client))
        if row.permissions is not None and list(row.permissions) != held:
            changes["apiPermissions"] = [held, list(row.permissions)]
        if row.secret is not None and not self._already_has(client, row.secret):
            changes["clientSecret"] = [CONCEALED, CONCEALED]
        return changes

    def _already_has(self, client: Client, secret: str) -> bool:
        return already_has(client, secret, self.secrets.get(client.client_id), now=self.now)

    def _judge_change(self, client: Client, row: Row, changes: Changes, *, path: str) -> None:
        if client.is_protected or client.is_system:
            _demand_changeable(client, despite_protection=self.acting.despite_protection, path=path)
        refused = registration.faults(row.facts, client=client, store=self.store)
        if "clientSecret" in changes:
            refused += registration.secret_faults(row.facts, row.secret)
        refused += [*_permission_faults(row), *self.acting.faults_of_change(client, changes, row)]
        _refuse(refused, path=path)

    def _plan(self, action: Action, client: Client | None, row: Row, changes: Changes, *, path: str) -> ClientPlan:
        return ClientPlan(
            action=action,
            client_id=row.client_id,
            changes=changes,
            row=row,
            client=client,
            path=path,
            acting=self.acting,
            secret=self.secrets.get(row.client_id),
        )


def plan_client(data: object, *, now: datetime, path: str = "clients[0]") -> ClientPlan:
    """One row, as the server's operator."""
    return Planner(now=now).plan(data, path=path)


def _permission_faults(row: Row) -> list[Fault]:
    """R9: names that there are, on a client that has a service account to hold them."""
    if row.permissions and not row.facts.confidential:
        message = "A public client has no service account that could hold permissions."
        return [Fault(field="permissions", code="public", message=message)]
    found = permission_faults(row.permissions or ())
    return [Fault(field="permissions", code="unknown", message=fault.message) for fault in found]


def _demand_changeable(client: Client, *, despite_protection: bool, path: str) -> None:
    try:
        demand_changeable(client, despite_protection=despite_protection)
    except Unchangeable as refusal:
        raise DocumentRefused([DocumentFault(path=path, message=str(refusal))]) from refusal


def _refuse(faults: list[Fault], *, path: str) -> None:
    if faults:
        raise DocumentRefused([fault_at(fault, path=path) for fault in faults])
