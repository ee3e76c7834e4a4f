"""Making clients what a document says (`apply`, import): the plan carried out. Idempotent.

The caller plans and applies inside one transaction, after the users that rows may name as owners; to show the plan
alone it rolls back, or plans and writes nothing. Protection does not bind the operator's documents (R44); the event
then says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import audit
from clients import registration
from clients.documents.document import DocumentFault, fault_at
from clients.documents.planning import ClientPlan, DocumentRefused
from clients.facts import differences, facts_of
from clients.life import restoring
from clients.life.protection import Unchangeable
from clients.models import Client
from clients.registration import Registered
from clients.rules import api_permissions
from clients.secrets import rotation
from clients.secrets.rotation import Wanted
from clients.writing import ChangedMeanwhile, Refused


def apply_client(plan: ClientPlan, *, by: audit.Actor, now: datetime) -> Client | None:
    """Carry `plan` out; the client, where there is one. Raises DocumentRefused where the store has changed since."""
    if plan.action == "none":
        return plan.client
    with _told(plan):
        if plan.client is None:
            client = _register(plan, by=by, now=now, with_secret=plan.row.secret is not None).client
        else:
            client = plan.client
            _change(client, plan, by=by, now=now)
        _finish(client, plan, by=by, now=now)
    return client


def register_client(plan: ClientPlan, *, by: audit.Actor, now: datetime) -> Registered:
    """Carry out a plan that adds, with a secret where the client takes one: the API shows it in its answer."""
    with _told(plan):
        registered = _register(plan, by=by, now=now, with_secret=True)
        _finish(registered.client, plan, by=by, now=now)
    return registered


@contextmanager
def _told(plan: ClientPlan) -> Iterator[None]:
    """What the rooms refuse, as the document's author reads it."""
    try:
        yield
    except Refused as refused:
        raise DocumentRefused([fault_at(fault, path=plan.path) for fault in refused.faults]) from refused
    except (ChangedMeanwhile, Unchangeable) as error:
        message = str(error) or "It was changed by somebody else meanwhile; plan again."
        raise DocumentRefused([DocumentFault(path=plan.path, message=message)]) from error


def _register(plan: ClientPlan, *, by: audit.Actor, now: datetime, with_secret: bool) -> Registered:
    """Of a document without `clientSecret`, a confidential client has secret state `none` until reset (contracts)."""
    row = plan.row
    return registration.register(
        facts=row.facts,
        client_id=row.client_id,
        custom_secret=row.secret,
        secret_hash=plan.secret.hash if plan.secret else None,
        with_secret=with_secret,
        checked=True,
        by=by,
        now=now,
    )


def _change(client: Client, plan: ClientPlan, *, by: audit.Actor, now: datetime) -> None:
    """Back to life first, where it was deleted, in the place that the row gives it."""
    facts = plan.row.facts.normal()
    if plan.restores:
        place = restoring.with_place(client, name=facts.name, version=facts.version, owner=facts.owner)
        restoring.restore(client=client, facts=place, by=by, now=now)
    if differences(facts_of(client), facts):
        registration.edit(
            client=client,
            facts=facts,
            by=by,
            now=now,
            despite_protection=plan.despite_protection,
            with_secret=False,
            checked=True,
        )
    if "clientSecret" in plan.changes:
        hashed = plan.secret.hash if plan.secret else None
        rotation.rotate(
            client=client,
            by=by,
            now=now,
            wanted=Wanted(custom=plan.row.secret, hashed=hashed),
            despite_protection=plan.despite_protection,
        )


def _finish(client: Client, plan: ClientPlan, *, by: audit.Actor, now: datetime) -> None:
    """What is no fact; deleting comes last, since a deleted client cannot be changed."""
    row, despite = plan.row, plan.despite_protection
    if row.permissions is not None:
        api_permissions.give(
            client=client,
            permissions=row.permissions,
            by=by,
            giver=plan.acting.giver,
            now=now,
            despite_protection=despite,
        )
    if row.active != client.is_active:
        registration.set_active(client=client, active=row.active, by=by, now=now, despite_protection=despite)
    if plan.deletes:
        registration.delete(client=client, by=by, now=now, despite_protection=despite)
