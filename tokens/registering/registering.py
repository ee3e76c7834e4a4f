"""Registering, reading, replacing and deleting a client by its own hand. Atomic, and audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

import audit
from clients import registration
from clients.documents.document import fault_at
from clients.facts import facts_of
from clients.life.protection import Unchangeable
from clients.models import Client
from clients.rules import client_ids, giving
from clients.secrets import credentials
from clients.writing import ChangedMeanwhile, Refused
from policies.snapshots import load_client_policy
from tokens.formats import REGISTRATION_ACCESS, looks_issued, new_opaque_token, stored_hash
from tokens.models import InitialAccessToken, Registration
from tokens.registering import initial_tokens, metadata
from tokens.registering.metadata import METADATA, SERVERS, URI, Unsound


@dataclass(frozen=True, kw_only=True)
class Told:
    """A client with what is told once: its secret, where it has one, and its registration access token."""

    client: Client
    secret: str | None = field(repr=False)
    access: str = field(repr=False)


class Spent(Exception):
    """The initial access token has registered all that it may."""


class Frozen(Exception):
    """An administrator protects the client, or changed it at this moment; the message is public."""


@transaction.atomic
def register(document: object, *, by_token: InitialAccessToken, by: audit.Actor, now: datetime) -> Told:
    """RFC 7591 §3.1. Raises Unsound, Spent."""
    wanted = metadata.read(document, within=by_token)
    if not initial_tokens.use(by_token, now=now):
        raise Spent
    client_id = client_ids.generate()
    facts = replace(wanted.facts, name=wanted.name, version=client_id[:8], owner=by_token.owner.username)
    _demand_giveable(facts, by_token)
    try:
        new = registration.register(
            facts=facts, client_id=client_id, by=by, now=now, detail={"registrationToken": by_token.name}
        )
    except Refused as refused:
        raise _unsound(refused) from refused
    access = new_opaque_token(None, prefix=REGISTRATION_ACCESS)
    Registration.objects.create(client=new.client, initial_token=by_token, token_hash=stored_hash(access), created=now)
    return Told(client=new.client, secret=new.secret, access=access)


def _demand_giveable(facts: Any, by_token: InitialAccessToken) -> None:
    """R36, at this moment: the owner may have lost since what they let be given."""
    for fault in giving.faults(facts, before=None, by=by_token.owner):
        raise Unsound(METADATA, f"scope: the owner of this registration cannot give it. {fault.message}")


def _unsound(refused: Refused) -> Unsound:
    """The registry's first fault, in the metadata's words."""
    fault = refused.faults[0]
    named = {"redirect_uris": "redirect_uris", "post_logout_redirect_uris": "post_logout_redirect_uris",
             "allowed_scope": "scope", "client_jwks": "jwks", "client_jwks_uri": "jwks_uri",
             "grants": "grant_types", "display_name": "client_name"}.get(fault.field, "")  # fmt: skip
    where = named or fault_at(fault, path="").path.lstrip(".")
    line = f" line {fault.line}" if fault.line is not None else ""
    return Unsound(URI if named == "redirect_uris" else METADATA, f"{where}{line}: {fault.message}")


def find(client_id: str, value: str) -> Registration | None:
    """RFC 7592 §2: the registration that this token manages, of a client that is there."""
    if not value.startswith(REGISTRATION_ACCESS) or not looks_issued(value):
        return None
    rows = Registration.objects.select_related("client__owner", "client__service_account", "initial_token__owner")
    return rows.filter(token_hash=stored_hash(value), client__client_id=client_id, client__deleted_at=None).first()


def lets_address(row: Registration, address: Any) -> bool:
    """R37: the client's network rules guard its management, too."""
    policy = load_client_policy(row.client, policy_version=0)
    return not policy.networks.refuses(address)


@transaction.atomic
def change(row: Registration, document: object, *, by: audit.Actor, now: datetime) -> Client:
    """RFC 7592 §2.2: all metadata anew; a member that is left out takes its default. Raises Unsound, Frozen."""
    client: Client = row.client
    _check_own(row, document, now=now)
    wanted = metadata.read(document, within=row.initial_token)
    before = facts_of(client)
    facts = metadata.replaced(before, wanted.facts)
    for fault in giving.faults(facts, before=before, by=row.initial_token.owner):
        raise Unsound(METADATA, f"scope: the owner of this registration cannot give it. {fault.message}")
    try:
        registration.edit(client=client, facts=facts, by=by, now=now)
    except Refused as refused:
        raise _unsound(refused) from refused
    except (Unchangeable, ChangedMeanwhile) as error:
        raise Frozen(str(error) or "It was changed meanwhile. Read it again.") from error
    return client


def _check_own(row: Registration, document: object, *, now: datetime) -> None:
    """What must be in the request, what must not, and a secret that is the client's (§2.2)."""
    if not isinstance(document, Mapping):
        raise Unsound(METADATA, "The metadata are a JSON object.")
    if document.get("client_id") != row.client.client_id:
        raise Unsound(METADATA, "client_id is required, and is the client's own (RFC 7592 §2.2).")
    if theirs := [key for key in SERVERS if key in document]:
        raise Unsound(METADATA, f"{theirs[0]} is the server's to say; leave it out (RFC 7592 §2.2).")
    secret = document.get("client_secret")
    if secret is None:
        return
    live = credentials.live_secrets(row.client.pk, now=now)
    if not (isinstance(secret, str) and secret.isascii() and credentials.find(secret, live)):
        raise Unsound(METADATA, "client_secret is not the client's; a secret is never set here (RFC 7592 §2.2).")


@transaction.atomic
def delete(row: Registration, *, by: audit.Actor, now: datetime) -> None:
    """RFC 7592 §2.3. Raises Frozen."""
    try:
        registration.delete(client=row.client, by=by, now=now)
    except (Unchangeable, ChangedMeanwhile) as error:
        raise Frozen(str(error) or "It was changed meanwhile.") from error
