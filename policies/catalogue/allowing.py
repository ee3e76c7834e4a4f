"""Allowing a client scopes and taking them away (R35), through the registry's own door.

So what a person does not hold is not given (R36), protection binds (R43), and every change is a revision and an event.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import audit
from accounts.authorization import may
from accounts.models import User
from accounts.permissions import Permission
from clients import access, registration
from clients.facts import ClientFacts, facts_of
from clients.life.protection import Unchangeable
from clients.models import Client
from clients.rules import giving
from clients.rules.text import forbidden_characters
from clients.writing import ChangedMeanwhile, Refused
from policies.catalogue.reach import Matcher
from policies.models import Scope
from policies.scopes import REGISTERED_CLIENT


class NotAllowed(Exception):
    """Why a client was not allowed a scope, as a sentence. Nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a client can no longer be granted without one element, and what another element still lets through."""

    element: str
    lost: tuple[str, ...]
    kept: tuple[str, ...]


def client_to_change(typed: str, viewer: User) -> Client:
    """By client id or `#number`, among those that `viewer` sees. Raises NotAllowed."""
    number = typed.removeprefix("#")
    numbered = typed.startswith("#") and number.isascii() and number.isdigit() and len(number) < 19
    rows = access.visible_to(viewer).select_related("owner", "service_account")
    wanted = rows.filter(pk=int(number)) if numbered else rows.filter(client_id=typed)
    client = None if not typed or forbidden_characters(typed) else wanted.first()
    if client is None:
        raise NotAllowed(f"There is no client {typed[:255]}." if typed else "Name a client by its client id.")
    if not may(viewer, Permission.CLIENTS_EDIT, client):
        raise NotAllowed(f"You need the permission {Permission.CLIENTS_EDIT} to change this client.")
    return client


def allow(
    client: Client,
    elements: Iterable[str],
    *,
    viewer: User,
    by: audit.Actor,
    now: datetime,
    revision: int | None = None,
) -> bool:
    """Names or patterns more in its allowed scope; whether anything was new. Raises NotAllowed."""
    before = facts_of(client)
    facts = replace(before, allowed_scope=" ".join([before.allowed_scope, *elements])).normal()
    if lacking := list(giving.faults(facts, before=before, by=viewer)):
        raise NotAllowed(lacking[0].message)
    return _edit(client, facts, by=by, now=now, revision=revision)


def take(
    client: Client,
    element: str,
    *,
    by: audit.Actor,
    now: datetime,
    revision: int | None = None,
) -> bool:
    """One element less. Issued tokens are untouched (R35). Raises NotAllowed."""
    before = facts_of(client)
    left = " ".join(one for one in before.allowed_scope.split() if one != element)
    return _edit(client, replace(before, allowed_scope=left), by=by, now=now, revision=revision)


def watch(client: Client, scope: str, *, by: audit.Actor, now: datetime, revision: int | None = None) -> bool:
    """Let a narrower scope watch; empty: no longer. It refuses nothing. Raises NotAllowed."""
    return _edit(client, replace(facts_of(client), watched_scope=scope).normal(), by=by, now=now, revision=revision)


def enforce(client: Client, *, by: audit.Actor, now: datetime, revision: int | None = None) -> bool:
    """What is watched becomes what is allowed: no more than that was allowed before. Raises NotAllowed."""
    before = facts_of(client)
    facts = replace(before, allowed_scope=before.watched_scope, watched_scope="")
    return _edit(client, facts, by=by, now=now, revision=revision)


def _edit(client: Client, facts: ClientFacts, *, by: audit.Actor, now: datetime, revision: int | None) -> bool:
    try:
        return bool(registration.edit(client=client, facts=facts, by=by, now=now, revision=revision).changes)
    except Refused as refusal:
        raise NotAllowed(refusal.faults[0].message) from refusal
    except Unchangeable as refusal:
        raise NotAllowed(str(refusal)) from refusal
    except ChangedMeanwhile as refusal:
        raise NotAllowed("Somebody else changed this client meanwhile. Nothing was done. Look again.") from refusal


def loss(client: Client, element: str) -> Loss:
    """One statement: the catalogue's names."""
    matcher = Matcher(frozenset(Scope.objects.values_list("name", flat=True)))
    others = " ".join(one for one in client.allowed_scope.split() if one != element)
    covered = matcher.covered(element)
    still = matcher.reached(others) | {REGISTERED_CLIENT}
    return Loss(element=element, lost=tuple(sorted(covered - still)), kept=tuple(sorted(covered & still)))
