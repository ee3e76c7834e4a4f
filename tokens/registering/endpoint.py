"""`/register`: POST registers (RFC 7591 §3); GET, PUT and DELETE with `client_id` manage (RFC 7592 §2)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse

import audit
from accounts import strict_json
from policies import client_address
from tokens import form_request, gateway, steps
from tokens.errors import OAuthError, invalid_request, invalid_token
from tokens.exchange import Exchange
from tokens.issuer import issuer
from tokens.models import Registration
from tokens.registering import initial_tokens, metadata, registering

METHODS = ("POST", "GET", "PUT", "DELETE")
JSON = "application/json"


def answer(exchange: Exchange) -> tuple[int, dict[str, Any] | None]:
    """Status and body; None: no body. Raises OAuthError."""
    form_request.check_method(exchange.method, allowed=METHODS)
    steps.load_policy(exchange)
    steps.require_https(exchange)
    if not exchange.policy.dynamic_registration:
        raise OAuthError("access_denied", "This server takes no registrations.", status=403)
    value = gateway.presented(exchange)
    if exchange.method == "POST":
        return 201, _register(exchange, value)
    row = _registration(exchange, value)
    if exchange.method == "GET":
        return 200, _shown(row)
    if exchange.method == "DELETE":
        with_words(lambda: registering.delete(row, by=_actor(exchange, row.client.client_id), now=exchange.now))
        return 204, None
    document = _body(exchange)
    by = _actor(exchange, row.client.client_id)
    with_words(lambda: registering.change(row, document, by=by, now=exchange.now))
    return 200, _shown(row)


def _register(exchange: Exchange, value: str) -> dict[str, Any]:
    token = initial_tokens.find(value, now=exchange.now)
    if token is None:
        raise invalid_token("no initial access token that lets register")
    document = _body(exchange)
    by = _actor(exchange, f"registration {token.name}")
    told = with_words(lambda: registering.register(document, by_token=token, by=by, now=exchange.now))
    said = {**metadata.of_client(told.client), **_address(told.client.client_id)}
    said["registration_access_token"] = told.access
    if told.secret is not None:
        said |= {"client_secret": told.secret, "client_secret_expires_at": 0}
    return said


def with_words(act: Any) -> Any:
    """What the rooms refuse, as the RFC spells it."""
    try:
        return act()
    except metadata.Unsound as unsound:
        raise OAuthError(unsound.code, str(unsound)) from unsound
    except registering.Spent as spent:
        raise invalid_token("the initial access token is used up") from spent
    except registering.Frozen as frozen:
        raise OAuthError("access_denied", str(frozen), status=403) from frozen


def _registration(exchange: Exchange, value: str) -> Registration:
    pairs = form_request.read_pairs(exchange.query.encode())
    if form_request.repeated(pairs):
        raise invalid_request("A parameter comes more than once.")
    row = registering.find(dict(pairs).get("client_id", ""), value)
    if row is None:
        raise invalid_token("no registration of this client and token")
    if not registering.lets_address(row, client_address.read(exchange.address)):
        raise OAuthError("access_denied", "This client may not be used from this network.", status=403)
    return row


def _body(exchange: Exchange) -> object:
    if exchange.content_type.partition(";")[0].strip().lower() != JSON:
        raise invalid_request(f"Send the metadata as {JSON}.", status=415)
    data = form_request.read_body(exchange.stream, content_length=exchange.content_length, chunked=exchange.chunked)
    try:
        document = strict_json.read(strict_json.decode(data))
    except strict_json.NotRead as error:
        raise OAuthError(metadata.METADATA, str(error)) from error
    kept = {key: document[key] for key in document if key != "client_secret"} if isinstance(document, dict) else {}
    for path, message in strict_json.unstorable(kept, ""):
        raise OAuthError(metadata.METADATA, f"{path}: {message}")
    return document


def _shown(row: Registration) -> dict[str, Any]:
    """RFC 7592 §3. The secret is kept nowhere, and so not told again."""
    row.client.refresh_from_db()
    return {**metadata.of_client(row.client), **_address(row.client.client_id)}


def _address(client_id: str) -> dict[str, str]:
    return {"registration_client_uri": f"{issuer()}/register?client_id={client_id}"}


def _actor(exchange: Exchange, name: str) -> audit.Actor:
    return audit.Actor(name, None, exchange.address, exchange.request_id)


def respond(status: int, body: dict[str, Any] | None, headers: dict[str, str]) -> HttpResponse:
    if body is None:
        return HttpResponse(status=status, headers=headers)
    return JsonResponse(body, status=status, headers=headers)
