"""What is no part of a client's document: protection, its tokens' end, what the linter says; and giving it away."""

from __future__ import annotations

from typing import Any

from accounts.permissions import Permission
from accounts.rest.operations import Body, Call, Operation
from accounts.rest.showing import moment
from clients import registration
from clients.api.fetching import fetch, how
from clients.documents import exporting
from clients.documents.document import to_document
from clients.linter.document import report_document
from clients.linter.reading import reports_on


def protection(call: Call) -> Body:
    client = fetch(call)
    return {
        "protected": client.is_protected,
        "reason": client.protected_reason,
        "by": client.protected_by,
        "at": moment(client.protected_at),
    }


def protect(call: Call) -> Body:
    client = fetch(call, Permission.CLIENTS_PROTECT)
    registration.protect(client=client, by=call.by, now=call.now, reason=call.data["reason"])
    return protection(call)


def lift_protection(call: Call) -> Body:
    client = fetch(call, Permission.CLIENTS_PROTECT)
    registration.lift_protection(client=client, by=call.by, now=call.now, reason=call.data["reason"])
    return protection(call)


def revoke_tokens(call: Call) -> None:
    registration.revoke_tokens(client=fetch(call, Permission.CLIENTS_EDIT), **how(call))


def export(call: Call) -> Body:
    client = fetch(call, Permission.CLIENTS_EXPORT)
    exporting.export_one(client, by=call.by, now=call.now)
    return to_document(client)


def findings(call: Call) -> Body:
    client = fetch(call)
    report = reports_on([client], now=call.now).get(client.pk)
    if report is None:  # the server's own
        return {"score": {"passed": 0, "applying": 0}, "findings": [], "dismissed": []}
    told = report_document(client, report)
    return {key: told[key] for key in ("score", "findings", "dismissed")}


_READ: dict[str, Any] = {"tag": "Clients", "permission": Permission.CLIENTS_VIEW, "owners": True}
_PROTECT: dict[str, Any] = {"tag": "Clients", "permission": Permission.CLIENTS_PROTECT, "takes": "Reason"}
_EDIT: dict[str, Any] = {"tag": "Clients", "permission": Permission.CLIENTS_EDIT, "owners": True}
OPERATIONS = (
    Operation(
        name="getProtection",
        method="GET",
        path="clients/{number}/protection",
        about="Whether it is protected, by whom, why and since when.",
        answer=protection,
        gives="Protection",
        **_READ,
    ),
    Operation(
        name="protectClient",
        method="POST",
        path="clients/{number}/protect",
        about="Protect it: the console changes nothing about it until protection is lifted.",
        fresh=True,
        answer=protect,
        gives="Protection",
        **_PROTECT,
    ),
    Operation(
        name="liftProtection",
        method="POST",
        path="clients/{number}/lift-protection",
        about="Lift its protection.",
        fresh=True,
        answer=lift_protection,
        gives="Protection",
        **_PROTECT,
    ),
    Operation(
        name="revokeClientTokens",
        method="POST",
        path="clients/{number}/revoke-tokens",
        about="End everything that was issued to it so far.",
        answer=revoke_tokens,
        status=204,
        **_EDIT,
    ),
    Operation(
        name="exportClient",
        method="GET",
        path="clients/{number}/export",
        about="Its document, recorded as an export.",
        tag="Clients",
        permission=Permission.CLIENTS_EXPORT,
        owners=True,
        answer=export,
        gives="Client",
    ),
    Operation(
        name="listFindings",
        method="GET",
        path="clients/{number}/findings",
        about="What the linter says of it, the worst first, each with its fix.",
        answer=findings,
        gives="Findings",
        **_READ,
    ),
)
