"""A client's secrets (R15): listed, rotated with an overlap, labelled, ended. A value stands in one answer alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

from accounts.permissions import Permission
from accounts.rest.operations import Answer, Body, Call, Operation
from accounts.rest.refusals import Fault, invalid, not_found
from accounts.rest.showing import moment
from clients.api.fetching import fetch, how
from clients.models import Client, ClientSecret
from clients.secrets import rotation
from clients.secrets.rotation import NoSuchSecret, Wanted


def list_secrets(call: Call) -> Body:
    client = fetch(call)
    return {"items": [_shown(secret, call) for secret in rotation.standing(client)]}


def rotate(call: Call) -> Answer:
    """Those before go on working for the overlap; without one they stop at once."""
    client, said = fetch(call, Permission.CLIENTS_RESET_SECRET), call.data
    if client.by_keys:
        raise invalid([Fault(path="", message="A client that authenticates by its keys has no secret.")])
    wanted = Wanted(
        label=said.get("label", ""), expires_at=_moment(said.get("expires")), custom=said.get("clientSecret")
    )
    issued = rotation.rotate(
        client=client, overlap=timedelta(seconds=said.get("overlap", 0)), wanted=wanted, **how(call)
    )
    shown = _one(call, client, issued.key_id)
    return Answer(body={**shown, "clientSecret": issued.secret}, kept=shown)


def change(call: Call) -> Body:
    client, said = fetch(call, Permission.CLIENTS_RESET_SECRET), call.data
    secret = _found(client, call.place["key_id"])
    call.match(_shown(secret, call))
    label, expires_at = said.get("label", secret.label), secret.expires_at
    if "expires" in said:
        expires_at = _moment(said["expires"])
    rotation.change(client=client, key_id=secret.key_id, label=label, expires_at=expires_at, **how(call))
    return _one(call, client, secret.key_id)


def retire(call: Call) -> None:
    client = fetch(call, Permission.CLIENTS_RESET_SECRET)
    secret = _found(client, call.place["key_id"])
    rotation.retire(client=client, key_id=secret.key_id, **how(call))


def _one(call: Call, client: Client, key_id: str) -> dict[str, Any]:
    return _shown(_found(client, key_id), call)


def _found(client: Client, key_id: str) -> ClientSecret:
    try:
        return rotation.find(client, key_id)
    except NoSuchSecret as error:
        raise not_found() from error


def _moment(text: str | None) -> datetime | None:
    """RFC 3339, with its zone."""
    if text is None:
        return None
    try:
        read = parse_datetime(text)
    except ValueError:
        read = None
    if read is None or is_naive(read):
        message = "It is a moment with its zone, such as 2030-01-31T12:00:00Z."
        raise invalid([Fault(path="expires", message=message)])
    return read


def _shown(secret: ClientSecret, call: Call) -> dict[str, Any]:
    return {
        "keyId": secret.key_id,
        "label": secret.label,
        "custom": secret.custom,
        "live": rotation.is_live(secret, now=call.now),
        "created": moment(secret.created),
        "createdBy": secret.created_by,
        "expires": moment(secret.expires_at),
        "lastUsed": moment(secret.last_used_at),
        "lastUsedFrom": secret.last_used_from or None,
    }


_RESET: dict[str, Any] = {"tag": "Secrets", "permission": Permission.CLIENTS_RESET_SECRET, "owners": True}
_ALL, _ONE = "clients/{number}/secrets", "clients/{number}/secrets/{key_id}"
OPERATIONS = (
    Operation(
        name="listSecrets",
        method="GET",
        path=_ALL,
        about="Its secrets that are not retired, the newest first; never their values.",
        tag="Secrets",
        permission=Permission.CLIENTS_VIEW,
        owners=True,
        answer=list_secrets,
        gives="Secrets",
    ),
    Operation(
        name="rotateSecret",
        method="POST",
        path=_ALL,
        about="A new secret, which stands in this answer alone; the earlier ones work for the overlap more.",
        fresh=True,
        answer=rotate,
        takes="NewSecret",
        gives="IssuedSecret",
        status=201,
        once=True,
        **_RESET,
    ),
    Operation(
        name="changeSecret",
        method="PATCH",
        path=_ONE,
        about="Another label or another end.",
        answer=change,
        takes="SecretChange",
        gives="Secret",
        guarded=True,
        **_RESET,
    ),
    Operation(
        name="retireSecret",
        method="DELETE",
        path=_ONE,
        about="End it at once.",
        fresh=True,
        answer=retire,
        status=204,
        **_RESET,
    ),
)
