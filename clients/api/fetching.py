"""What the operations on a client need first: the client with authorisation, and how the caller acts."""

from __future__ import annotations

from typing import Any

from accounts.permissions import Permission
from accounts.rest.operations import Call
from accounts.rest.refusals import not_found
from clients import access
from clients.acting import Acting
from clients.models import Client


def fetch(call: Call, permission: Permission = Permission.CLIENTS_VIEW) -> Client:
    """The client of the path. Raises PermissionMissing and Refusal 404."""
    visible = access.visible_to(call.user).select_related("owner", "service_account")
    client: Client | None = visible.filter(pk=call.place["number"]).first()
    if client is None:
        raise not_found()
    call.demand(permission, client)
    return client


def acting(call: Call) -> Acting:
    """R44: protection does not bind the API, unless a setting says so."""
    return Acting(viewer=call.user, by_api=True)


def how(call: Call) -> dict[str, Any]:
    """By whom, when, and whether protection is passed, as the registry's doors take it."""
    return {"by": call.by, "now": call.now, "despite_protection": acting(call).despite_protection}
