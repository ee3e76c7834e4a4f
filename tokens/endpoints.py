"""The machine endpoints: each is a table of steps, read from top to bottom, with one way out for refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.connections import give_back
from audit.recording import NOTHING, REQUEST_ID
from audit.refusals import record_refusal
from clients.rules import grant_types
from clients.secrets import last_used
from policies import client_address, delays, rate_limits, seen_networks, use
from policies.checks import SCOPE
from policies.scopes import INTROSPECT, OPENID
from policies.snapshots import ServerPolicy
from tokens import (
    daily_counts,
    form_request,
    gateway,
    hot_path,
    introspection,
    refresh_rotation,
    revocation,
    server,
    steps,
)
from tokens.device import asking as device
from tokens.errors import NO_STORE, OAuthError, Settled, error_body
from tokens.exchange import Exchange
from tokens.formats import REFRESH_TOKEN, stored_hash, token_id
from tokens.issuance import client_credentials_token
from tokens.issuer import issuer
from tokens.metadata import openid_configuration, server_metadata
from tokens.personal import last_used as personal_last_used
from tokens.registering import endpoint as registering
from tokens.signing_keys.ring import ring
from tokens.traces.asked import at_machine
from tokens.traces.keeping import keep
from tokens.traces.walk import steps_of
from tokens.userinfo import answer as user_claims

WAITING = ("authorization_pending", "slow_down")  # RFC 8628 §3.5
TOO_MANY = 429

Answer = dict[str, Any]
Steps = tuple[Callable[[Exchange], None], ...]

# Every request, before its client is known.
TOKEN_BEFORE: Steps = (steps.read_form, steps.read_grant_type, steps.identify, steps.recall)
INTROSPECT_BEFORE: Steps = (steps.read_form, steps.identify_caller, steps.recall)
BEFORE: Steps = (steps.read_form, steps.identify, steps.recall)
# The long way to a proven client; a client that the worker remembers skips it.
PROVE: Steps = (steps.load_policy, steps.require_https, steps.authenticate)
# What an authenticated client may do, by the evaluator's table.
AFTER: Steps = (steps.apply_policy,)
TOKEN_AFTER: Steps = (*AFTER, steps.decide_lifetime)
DEVICE_AFTER: Steps = (steps.ask_for_device, *AFTER)
MOST_TRIES = 3  # of the long way, when policy changes under it


def _run(table: Steps, exchange: Exchange) -> None:
    for step in table:
        step(exchange)


def _short_or_long(
    exchange: Exchange, after: Steps, short: Callable[[Exchange], Answer], long: Callable[[Exchange], Answer]
) -> Answer:
    """Act on what is remembered; whatever it cannot grant is decided again from the database."""
    if exchange.remembered:
        try:
            _run(after, exchange)
            return short(exchange)
        except Settled:
            raise
        except (OAuthError, hot_path.Stale):
            pass
    for _ in range(MOST_TRIES):
        _run(PROVE + after, exchange)
        try:
            return long(exchange)
        except hot_path.Stale:
            continue
    raise OAuthError(
        "temporarily_unavailable", "The client is being changed.", status=503, headers={"Retry-After": "1"}
    )


def _token(exchange: Exchange) -> Answer:
    _run(TOKEN_BEFORE, exchange)
    long = server.create_token_response
    short = _issue if exchange.grant_type == grant_types.CLIENT_CREDENTIALS else long
    return _short_or_long(exchange, TOKEN_AFTER, short, long)


def _issue(exchange: Exchange) -> Answer:
    """The short way of client credentials: one statement. The long way writes the same through oauthlib."""
    return client_credentials_token(
        caller=exchange.caller,
        scopes=exchange.scopes,
        audiences=exchange.audiences,
        expires=exchange.expires,
        now=exchange.now,
    )


def _device_authorization(exchange: Exchange) -> Answer:
    """RFC 8628 §3.1, §3.2."""
    _run(BEFORE, exchange)
    return _short_or_long(exchange, DEVICE_AFTER, device.authorize, device.authorize)


def _introspect(exchange: Exchange) -> Answer:
    _run(INTROSPECT_BEFORE, exchange)
    return _short_or_long(exchange, AFTER, _look_up, _look_up)


def _look_up(exchange: Exchange) -> Answer:
    value = form_request.required(exchange.form, "token")
    token = hot_path.find_as_caller(stored_hash(value), caller=exchange.caller, now=exchange.now)
    client, now = exchange.caller.client, exchange.now
    if value.startswith(REFRESH_TOKEN):
        row = refresh_rotation.own(value, client_pk=client.pk)
        return introspection.refresh_token_answer(row, issuer=issuer(), now=now)
    jti = token_id(value) if token else ""
    if token and token.client_pk:
        use.note(token.client_pk, use.SCOPE, use.USED, token.scope, now=now)
        personal_last_used.note(value, token.pk, now=now)
    return introspection.answer(token, jti=jti, introspects=client.introspects, issuer=issuer(), now=now)


def _revoke(exchange: Exchange) -> Answer:
    """RFC 7009 §2.2: an unknown token, or another client's, is answered like one that was revoked."""
    _run(BEFORE + PROVE + AFTER, exchange)
    token = form_request.required(exchange.form, "token")
    revocation.revoke(token, client_pk=exchange.caller.client.pk, by=exchange.actor, now=exchange.now)
    return {}


def _endpoint(name: str, work: Callable[[Exchange], Answer]) -> Callable[[HttpRequest], HttpResponse]:
    """The view of one endpoint: exchange in, answer or refusal out, then the client's delay (R40)."""

    @csrf_exempt
    @login_not_required
    def view(request: HttpRequest) -> HttpResponse:
        exchange = exchange_of(name, request)
        try:
            steps.charge_address(exchange)
            answer = work(exchange)
            headers = {**NO_STORE, **exchange.answer_headers, **rate_limits.headers(exchange.meter.charge)}
            response: HttpResponse = JsonResponse(answer, headers=headers)
            _note_use(exchange, answer)
        except OAuthError as refusal:
            response = refused(exchange, refusal)
            _note_refusal(exchange, refusal)
        _note_network(exchange)
        return _delayed(exchange, response)

    view.__name__ = name
    return view


def exchange_of(name: str, request: HttpRequest) -> Exchange:
    """The request in plain values."""
    meta = request.META
    return Exchange(
        endpoint=name,
        method=request.method or "",
        content_type=meta.get("CONTENT_TYPE", ""),
        content_length=meta.get("CONTENT_LENGTH", "") or "",
        chunked="HTTP_TRANSFER_ENCODING" in meta,
        query=meta.get("QUERY_STRING", ""),
        authorization=meta.get("HTTP_AUTHORIZATION", ""),
        address=meta.get(client_address.ENVIRON_KEY, ""),
        request_id=meta.get(REQUEST_ID, ""),
        https=request.is_secure(),
        stream=meta["wsgi.input"],
        now=timezone.now(),
        meta=meta,
    )


def _note_use(exchange: Exchange, answer: Answer) -> None:
    caller = exchange.caller
    last_used.note(
        client_pk=caller.client.pk,
        secret_pk=caller.secret_pk,
        key=caller.key,
        address=exchange.address,
        now=exchange.now,
    )
    if exchange.endpoint == "token":
        daily_counts.note_issued(caller.client.pk, now=exchange.now)
        _note_scopes(exchange, use.GRANTED, answer.get("scope", ""))
        _note_scopes(exchange, use.ASKED, exchange.form.get("scope", ""))
        use.note(caller.client.pk, use.GRANT, use.GRANTED, exchange.grant_type, now=exchange.now)
    elif exchange.endpoint == "check":
        _note_scopes(exchange, use.USED, exchange.form.get("scope", ""))
    elif exchange.endpoint == "userinfo":
        _note_scopes(exchange, use.USED, OPENID)
    elif exchange.endpoint == "introspect":
        _note_scopes(exchange, use.USED, INTROSPECT)


def note_bearer(exchange: Exchange) -> None:
    """A request that a token made where no machine endpoint answers: from where, and that its client is in use."""
    _note_use(exchange, {})
    _note_network(exchange)


def _note_scopes(exchange: Exchange, which: str, scopes: str) -> None:
    use.note(exchange.caller.client.pk, use.SCOPE, which, scopes, now=exchange.now)


def _note_refusal(exchange: Exchange, refusal: OAuthError) -> None:
    """Of a client that was authenticated. A device that is told to go on waiting was not refused."""
    waits = refusal.code in WAITING and refusal.status != TOO_MANY
    if exchange.endpoint == "token" and exchange.authenticated is not None and not waits:
        daily_counts.note_refused(exchange.authenticated.client.pk, now=exchange.now)
        _note_scopes(exchange, use.ASKED, exchange.form.get("scope", ""))


def _note_network(exchange: Exchange) -> None:
    """From where the client came, whether it was let in or not."""
    if exchange.authenticated is not None:
        client = exchange.authenticated.client
        seen_networks.note(
            client_pk=client.pk,
            address=exchange.address,
            rules=client.networks,
            rates=client.rates,
            charge=exchange.meter.charge,
            watched_scope=client.watched_scope.text if client.watched_scope else "",
            beyond_scope=any(one.check == SCOPE for one in exchange.watched),
        )


def refused(exchange: Exchange, refusal: OAuthError) -> HttpResponse:
    """Every refusal has a reference id, in the answer and in the trail."""
    actor = exchange.actor
    reference = record_refusal(
        kind=f"{exchange.endpoint}.refused",
        key=(refusal.code, refusal.description, refusal.detail, actor.name, actor.address),
        actor=actor,
        subject=NOTHING,
        detail=_told(exchange, refusal),
        now=exchange.now,
        first=lambda reference: keep(reference, at_machine(exchange, refusal), steps_of(exchange, refusal)),
    )
    body = error_body(refusal.code, refusal.description, reference)
    paces = rate_limits.headers(exchange.meter.charge)
    headers = {**NO_STORE, **paces, **refusal.headers, "X-Reference": reference}
    return JsonResponse(body, status=refusal.status, headers=headers)


def _told(exchange: Exchange, refusal: OAuthError) -> dict[str, str]:
    """What the trail keeps of a refusal."""
    told = {"error": refusal.code, "description": refusal.description, "reason": refusal.detail}
    return told | ({"path": exchange.asked_about} if exchange.asked_about else {})


def _delayed(exchange: Exchange, response: HttpResponse) -> HttpResponse:
    """After the decision, so that it leaks nothing; the database connection has gone back before (R41)."""
    bounds = exchange.authenticated and exchange.authenticated.client.delay_for(exchange.method)
    if not bounds:
        return response
    give_back()
    try:
        delays.wait(delays.draw(bounds))
    except delays.TooManyWaiting:
        too_many = OAuthError("slow_down", "Too many requests are waiting.", status=429, headers={"Retry-After": "5"})
        return refused(exchange, too_many)
    return response


@csrf_exempt
@login_not_required
def register(request: HttpRequest) -> HttpResponse:
    """RFC 7591, RFC 7592: no client's rules guard it, but its address's budget and its own tokens."""
    exchange = exchange_of("register", request)
    try:
        steps.charge_address(exchange)
        status, body = registering.answer(exchange)
    except OAuthError as refusal:
        return refused(exchange, refusal)
    return registering.respond(status, body, dict(NO_STORE))


token = _endpoint("token", _token)
device_authorization = _endpoint("device_authorization", _device_authorization)
userinfo = _endpoint("userinfo", user_claims)
check = _endpoint("check", gateway.answer)
introspect = _endpoint("introspect", _introspect)
revoke = _endpoint("revoke", _revoke)


def _document(name: str, write: Callable[[ServerPolicy], Answer]) -> Callable[[HttpRequest], HttpResponse]:
    """The view of a public document: GET, and by https where that is required (R62)."""

    @login_not_required
    def view(request: HttpRequest) -> HttpResponse:
        exchange = exchange_of("edge", request)
        try:
            form_request.check_method(exchange.method, allowed=("GET", "HEAD"))
            _run((steps.charge_address, steps.load_policy, steps.require_https), exchange)
        except OAuthError as refusal:
            return refused(exchange, refusal)
        return JsonResponse(write(exchange.policy), headers={"Cache-Control": "public, max-age=300"})

    view.__name__ = name
    return view


def _on(policy: ServerPolicy) -> dict[str, Any]:
    """What administrators have turned on."""
    return {
        "scopes": policy.catalogue,
        "legacy": policy.legacy_grants,
        "registers": policy.dynamic_registration,
    }


def _metadata(policy: ServerPolicy) -> Answer:
    """RFC 8414 §3."""
    return server_metadata(issuer=issuer(), **_on(policy))


def _openid_configuration(policy: ServerPolicy) -> Answer:
    """OpenID Connect Discovery §4."""
    return openid_configuration(issuer=issuer(), **_on(policy))


def _key_set(policy: ServerPolicy) -> Answer:
    """RFC 7517 §5: the keys that sign, those that will, and those whose last tokens still live."""
    return ring(policy.version).key_set()


metadata = _document("metadata", _metadata)
openid_metadata = _document("openid_metadata", _openid_configuration)
jwks = _document("jwks", _key_set)
