"""A client's network rules and rate limits, each at an address of its own; they are part of its document."""

from __future__ import annotations

from typing import Any

from accounts.permissions import Permission
from accounts.rest.operations import Body, Call, Operation
from clients.api.clients import become
from clients.api.fetching import fetch
from clients.documents.document import to_document


def network_rules(call: Call) -> Body:
    said = to_document(fetch(call))
    return {"rules": said["allowedIpRules"], "atAuthorize": said["networkRulesAtAuthorize"]}


def change_network_rules(call: Call) -> Body:
    client = fetch(call)
    call.match(network_rules(call))
    said = {"allowedIpRules": call.data["rules"], "networkRulesAtAuthorize": call.data["atAuthorize"]}
    become(call, client, said)
    return network_rules(call)


def rate_rules(call: Call) -> Body:
    return {"rules": to_document(fetch(call))["rateLimitRules"]}


def change_rate_rules(call: Call) -> Body:
    client = fetch(call)
    call.match(rate_rules(call))
    become(call, client, {"rateLimitRules": call.data["rules"]})
    return rate_rules(call)


_READ: dict[str, Any] = {"tag": "Clients", "permission": Permission.CLIENTS_VIEW, "owners": True}
_EDIT: dict[str, Any] = {"tag": "Clients", "permission": Permission.CLIENTS_EDIT, "owners": True}
OPERATIONS = (
    Operation(
        name="getNetworkRules",
        method="GET",
        path="clients/{number}/network-rules",
        about="From where it may be used.",
        answer=network_rules,
        gives="NetworkRules",
        **_READ,
    ),
    Operation(
        name="replaceNetworkRules",
        method="PUT",
        path="clients/{number}/network-rules",
        about="Say anew from where it may be used.",
        answer=change_network_rules,
        takes="NetworkRulesChange",
        gives="NetworkRules",
        guarded=True,
        **_EDIT,
    ),
    Operation(
        name="getRateRules",
        method="GET",
        path="clients/{number}/rate-rules",
        about="How often it may ask, and how long it waits.",
        answer=rate_rules,
        gives="RateRules",
        **_READ,
    ),
    Operation(
        name="replaceRateRules",
        method="PUT",
        path="clients/{number}/rate-rules",
        about="Say anew how often it may ask.",
        answer=change_rate_rules,
        takes="RateRulesChange",
        gives="RateRules",
        guarded=True,
        **_EDIT,
    ),
)
