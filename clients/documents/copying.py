"""Copying a client (R45): its configuration under a free name, with nothing that must not be shared.

Not copied: number, id, secrets, tokens, protection, and what the copier may not give (R36). The copy is a client like
any other, registered by the same door.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

import audit
from accounts.holdings import Holding, lacking_permissions
from clients import registration
from clients.facts import ClientFacts, facts_of
from clients.models import Client
from clients.registration import Registered
from clients.rules import api_permissions, grant_types
from clients.rules.names import LONGEST, name_key
from clients.rules.uniqueness import STORE
from clients.service_accounts import held_permissions

MOST_TRIED = 100


def copied_facts(source: Client, *, owner: str) -> ClientFacts:
    """What the copy begins with: the facts of `source`, a free name, and `owner`."""
    facts = facts_of(source)
    name = free_name(facts.name, facts.version)
    return replace(facts, name=name, owner=owner, grants=grant_types.in_order(facts.grants))


def free_name(name: str, version: str) -> str:
    """`name` with the first suffix (copy, copy 2, …) that is free; the last one tried where none is."""
    candidate = name
    for number in range(1, MOST_TRIED):
        suffix = " copy" if number == 1 else f" copy {number}"
        candidate = name[: LONGEST - len(suffix)].rstrip() + suffix
        if STORE.holder_of(name_key(candidate, version)) is None:
            break
    return candidate


def permissions_to_give(source: Client, *, giver: Holding) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the service account of `source` holds directly (R9): what the copy gets, and what the giver lacks."""
    held = held_permissions(source)
    lacking = tuple(lacking_permissions(giver, held))
    return tuple(name for name in held if name not in lacking), lacking


@transaction.atomic
def register_copy(
    *,
    source: Client,
    facts: ClientFacts,
    client_id: str,
    custom_secret: str | None,
    by: audit.Actor,
    giver: Holding,
    now: datetime,
) -> Registered:
    """Register `facts` as a copy of `source`; the event says of which. Raises Refused."""
    origin = {"copiedFrom": f"#{source.pk} {source.client_id}"}
    new = registration.register(
        facts=facts, client_id=client_id, custom_secret=custom_secret, by=by, now=now, detail=origin
    )
    given, _ = permissions_to_give(source, giver=giver)
    if given and new.client.confidential:
        api_permissions.give(client=new.client, permissions=given, by=by, giver=giver, now=now)
    return new
