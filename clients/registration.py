"""Registering a client and changing it: edit, switch, protect, delete. Atomic, and audited in the same breath.

Secrets are changed in `clients.secrets.rotation`. How a change is written, stands in `clients.writing`; who may do it
is decided in `clients.access`; whether the client lets itself be changed, in `clients.life.protection`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

import audit
from clients import namespaces, service_accounts
from clients.answering import answering
from clients.documents import known_keys
from clients.facts import ClientFacts, columns_of, differences, facts_of
from clients.life.protection import NotProtected, SystemOwned, demand_changeable, normal_reason
from clients.models import Client
from clients.rules import client_ids, uniqueness, validation
from clients.rules.uniqueness import STORE, Store
from clients.rules.validation import Circumstances, Fault
from clients.secrets import credentials, rotation
from clients.writing import Refused, bypassed, demand_sound, record, write

BY_KEYS = Fault(field="client_secret", code="by-keys", message="A client that authenticates by its keys has no secret.")


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A new client and its secret, which exists nowhere else.

    It is None for a public client, for one that authenticates by its keys, and where none was asked for.
    """

    client: Client
    secret: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Edited:
    """The changed client; `secret` only when it became confidential (R11), or gave up its keys.

    `changes`: {key: [old, new]}.
    """

    client: Client
    changes: Mapping[str, list[Any]]
    secret: str | None = field(default=None, repr=False)


def faults(
    facts: ClientFacts, *, client: Client | None = None, client_id: str = "", store: Store = STORE
) -> list[Fault]:
    """Every fault of `facts`, for `client` or for a new one: what registering and editing would refuse."""
    circumstances = Circumstances(
        legacy_grants=store.legacy_grants(),
        held_grants=client.grants if client else (),
        loopback=settings.AUTHSERVER.development,
    )
    found = validation.faults(facts, circumstances)
    sound = {"name", "version", "owner"}.isdisjoint(fault.field for fault in found)
    return [*found, *(uniqueness.faults(facts, client=client, client_id=client_id, store=store) if sound else ())]


def register(
    *,
    facts: ClientFacts,
    by: audit.Actor,
    now: datetime,
    client_id: str = "",
    custom_secret: str | None = None,
    with_secret: bool = True,
    secret_hash: str | None = None,
    detail: Mapping[str, Any] | None = None,
    checked: bool = False,
) -> Registered:
    """A new client, with its secret and service account if it is confidential (R12, R17). Raises Refused.

    `client_id` empty: generate one (R6). `with_secret` False: secret state `none` until one is reset. `secret_hash`:
    the custom secret's, where the caller has made it before its transaction. `detail`: what the event says beside the
    facts. `checked`: the caller has asked `faults` and `secret_faults` in this very transaction.
    """
    if not checked:
        demand_sound([*faults(facts, client_id=client_id), *secret_faults(facts, custom_secret)])
    facts, client_id = facts.normal(), client_id or client_ids.generate()
    try:
        with transaction.atomic():
            client = Client.objects.create(
                client_id=client_id,
                owner=answering(facts.owner),
                service_account=service_accounts.ensure(client_id=client_id) if facts.confidential else None,
                **columns_of(facts),
            )
            if facts.namespaces:
                namespaces.assign(client, facts)
            if facts.client_jwks:
                known_keys.keep(client, now=now)
            secret = None
            if facts.by_secret and with_secret:
                issued = credentials.issue(client=client, by=by, now=now, custom=custom_secret, hashed=secret_hash)
                secret = issued.secret
            changes = differences(ClientFacts(name="", type=""), facts)
            record("client.registered", client, by, now, changes=changes, detail=detail or {})
    except IntegrityError as error:
        raise _lost_race(facts, error, client_id=client_id) from error
    return Registered(client=client, secret=secret)


def edit(
    *,
    client: Client,
    facts: ClientFacts,
    by: audit.Actor,
    now: datetime,
    revision: int | None = None,
    despite_protection: bool = False,
    with_secret: bool = True,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    checked: bool = False,
) -> Edited:
    """Make `client` what `facts` say; no change writes nothing. Raises Unchangeable, Refused, ChangedMeanwhile.

    `reason`: why, in people's words. `detail`: what the event says beside the changes, such as the event that is
    reverted. `checked` as in `register`.
    """
    demand_changeable(client, despite_protection=despite_protection)
    if not checked:
        demand_sound(faults(facts, client=client))
    facts, before = facts.normal(), facts_of(client)
    changes = differences(before, facts)
    if not changes:
        return Edited(client=client, changes={})
    columns = columns_of(facts)
    try:
        with transaction.atomic():
            if "owner" in changes:
                columns["owner"] = answering(facts.owner)
            secret = _change_type(client, facts, columns, by=by, now=now, with_secret=with_secret)
            write(client, columns, revision=revision, now=now)
            if not changes.keys().isdisjoint({"namespaces", "primaryNamespace"}):
                namespaces.assign(client, facts)
            if not changes.keys().isdisjoint({"clientJwks", "clientJwksUri"}):
                known_keys.keep(client, now=now)
            told = {**(detail or {}), **bypassed(client)}
            record("client.changed", client, by, now, changes=changes, reason=reason, detail=told)
    except IntegrityError as error:
        raise _lost_race(facts, error, client=client) from error
    return Edited(client=client, changes=changes, secret=secret)


def _change_type(
    client: Client, facts: ClientFacts, columns: dict[str, Any], *, by: audit.Actor, now: datetime, with_secret: bool
) -> str | None:
    """R11, R17: becoming public ends secrets and service account, becoming confidential makes both.

    Who authenticates by keys has no secrets either: those end with the change, and come with the change back.
    """
    had_secrets = facts_of(client).by_secret
    if had_secrets and not facts.by_secret:
        credentials.revoke_all(client=client, now=now)
    if client.confidential and not facts.confidential:
        service_accounts.retire(client=client, now=now)
        columns["service_account"] = None
    elif facts.confidential and not client.confidential:
        columns["service_account"] = service_accounts.ensure(client_id=client.client_id)
    gains = facts.by_secret and not had_secrets
    return credentials.issue(client=client, by=by, now=now).secret if gains and with_secret else None


@transaction.atomic
def set_active(
    *,
    client: Client,
    active: bool,
    by: audit.Actor,
    now: datetime,
    revision: int | None = None,
    despite_protection: bool = False,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """R46. Inactive: no new tokens, and live ones count as inactive until it is active again."""
    demand_changeable(client, despite_protection=despite_protection)
    if client.is_active == active:
        return
    write(client, {"is_active": active}, revision=revision, now=now)
    kind = "client.activated" if active else "client.deactivated"
    record(
        kind, client, by, now, changes={"active": [not active, active]}, detail={**(detail or {}), **bypassed(client)}
    )


@transaction.atomic
def revoke_tokens(
    *, client: Client, by: audit.Actor, now: datetime, revision: int | None = None, despite_protection: bool = False
) -> None:
    """End everything issued to the client so far, in the one write of its epoch; it may ask for new tokens at once."""
    demand_changeable(client, despite_protection=despite_protection)
    write(client, {"token_epoch": F("token_epoch") + 1}, revision=revision, now=now)
    record("client.tokens_revoked", client, by, now, detail=bypassed(client))


@transaction.atomic
def protect(*, client: Client, by: audit.Actor, reason: str, now: datetime, revision: int | None = None) -> None:
    """R43: nothing about it can be changed until `lift_protection`. Raises NoReason, Unchangeable, ChangedMeanwhile."""
    demand_changeable(client)
    reason = normal_reason(reason)
    kept = {"is_protected": True, "protected_reason": reason, "protected_by": by.name[:255], "protected_at": now}
    write(client, kept, revision=revision, now=now)
    record("client.protected", client, by, now, reason=reason)


@transaction.atomic
def lift_protection(
    *, client: Client, by: audit.Actor, reason: str, now: datetime, revision: int | None = None
) -> None:
    """R43: it can be changed again. The server's own clients stay as they are (R61). Raises as `protect` does."""
    if client.is_system:
        raise SystemOwned
    if not client.is_protected:
        raise NotProtected
    reason = normal_reason(reason)
    gone = {"is_protected": False, "protected_reason": "", "protected_by": "", "protected_at": None}
    detail = {"protectedBy": client.protected_by, "protectedReason": client.protected_reason}
    write(client, gone, revision=revision, now=now)
    record("client.protection_lifted", client, by, now, reason=reason, detail=detail)


@transaction.atomic
def delete(
    *, client: Client, by: audit.Actor, now: datetime, revision: int | None = None, despite_protection: bool = False
) -> None:
    """R47: hide it, free its name (R3), keep its id; raising the epoch ends all its tokens in this one write."""
    demand_changeable(client, despite_protection=despite_protection)
    gone = {"deleted_at": now, "deleted_by": by.name[:255], "name_key": None, "token_epoch": F("token_epoch") + 1}
    write(client, gone, revision=revision, now=now)
    service_accounts.retire(client=client, now=now)
    record("client.deleted", client, by, now, detail=bypassed(client))


def secret_faults(facts: ClientFacts, custom_secret: str | None) -> list[Fault]:
    """R12, R13: what is wrong with a chosen secret."""
    if custom_secret is not None and not facts.confidential:
        return [rotation.PUBLIC]
    if custom_secret is not None and facts.by_keys:
        return [BY_KEYS]
    return rotation.custom_faults(custom_secret)


def _lost_race(
    facts: ClientFacts, error: IntegrityError, *, client: Client | None = None, client_id: str = ""
) -> Exception:
    """Two took the same name or id at once: the later one hears what it would have heard a moment later."""
    found = uniqueness.faults(facts, client=client, client_id=client_id)
    return Refused(found) if found else error
