"""What a client may do at this server's own API (R9): permissions that its service account holds directly.

A change is the account's and the client's: it stands in the trail of both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

import audit
from accounts import people
from accounts.faults import OutOfReach
from accounts.faults import Refused as AccountRefused
from accounts.holdings import Holding, normal_permissions
from clients.life.protection import demand_changeable
from clients.models import Client
from clients.rules.validation import Fault
from clients.service_accounts import held_permissions
from clients.writing import Refused, bypassed, record, write


@transaction.atomic
def give(
    *,
    client: Client,
    permissions: Iterable[str],
    by: audit.Actor,
    giver: Holding,
    now: datetime,
    revision: int | None = None,
    despite_protection: bool = False,
) -> None:
    """Make `permissions` what the service account holds directly; nobody gives what they lack (R36, `giver`).

    Raises Refused, Unchangeable, ChangedMeanwhile.
    """
    demand_changeable(client, despite_protection=despite_protection)
    held, wanted = held_permissions(client), normal_permissions(permissions)
    if held == wanted:
        return
    account = client.service_account
    if account is None:
        message = "A public client has no service account that could hold permissions."
        raise Refused([Fault(field="permissions", code="public", message=message)])
    try:
        facts = replace(people.facts_of(account), permissions=wanted)
        people.change(user=account, facts=facts, by=by, giver=giver, now=now)
    except AccountRefused as refused:
        found = [Fault(field="permissions", code="unknown", message=fault.message) for fault in refused.faults]
        raise Refused(found) from refused
    except OutOfReach as refusal:
        raise Refused([Fault(field="permissions", code="not-held", message=str(refusal))]) from refusal
    write(client, {}, revision=revision, now=now)
    changes = {"apiPermissions": [list(held), list(wanted)]}
    record("client.permissions_changed", client, by, now, changes=changes, detail=bypassed(client))
