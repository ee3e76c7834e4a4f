"""The steps that the machine endpoints share, in the order that the tables in `tokens.endpoints` give.

Each is one check or one addition to the exchange; a refusal is raised as OAuthError.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts.connections import give_back
from clients.rules import grant_types
from policies import budgets, client_address
from policies.checks import HTTPS_ONLY
from policies.counters.window import Away
from policies.decision import Decision, Deny
from policies.evaluate import evaluate, settle, uncounted
from policies.question import Question
from policies.rate_limits import client_budget
from policies.snapshots import refresh_server_policy, remembered_server_policy
from tokens import assertions, bearer, client_authentication, form_request, hot_path
from tokens.assertions import Assertion
from tokens.errors import OAuthError, denied, invalid_client, too_many
from tokens.exchange import Exchange
from tokens.issuer import issuer
from tokens.lifetimes import access_token_expiry
from tokens.verified_secrets import memory

SUPPORTED_GRANTS = (
    grant_types.AUTHORIZATION_CODE,
    grant_types.CLIENT_CREDENTIALS,
    grant_types.DEVICE_CODE,
    grant_types.REFRESH_TOKEN,
)
LEGACY_GRANTS = (grant_types.PASSWORD,)  # at `/token`; implicit never comes here


def charge_address(exchange: Exchange) -> None:
    """R42: before anything of the request is read. Wrong credentials cost their sender as much as right ones."""
    charge = budgets.charge_address(exchange.address)
    give_back()  # what a new worker has read its settings by: the body's sender may take its time
    if charge.over:
        raise too_many(charge)


def read_form(exchange: Exchange) -> None:
    """Method, media type, query, size, encoding, duplicates (RFC 6749 §3.2)."""
    form_request.check_method(exchange.method)
    form_request.check_media_type(exchange.content_type)
    form_request.check_query(exchange.query)
    body = form_request.read_body(exchange.stream, content_length=exchange.content_length, chunked=exchange.chunked)
    exchange.form = form_request.parse(body)
    exchange.now = timezone.now()  # a sender that took its time must not decide what has expired meanwhile


def identify(exchange: Exchange) -> None:
    """What the request claims to be; exactly one method of client authentication (RFC 6749 §2.3)."""
    exchange.claim = client_authentication.presented(exchange.authorization, exchange.form)
    if exchange.claim.assertion is not None:
        _judge_assertion(exchange.claim.assertion, now=exchange.now)


def _judge_assertion(assertion: Assertion, *, now: datetime) -> None:
    """RFC 7523 §3: `aud` is the issuer, or the token endpoint as OpenID Connect Core §9 has it; at every endpoint."""
    try:
        assertions.judge(assertion, audiences=(issuer(), f"{issuer()}/token"), now=now)
    except assertions.Unacceptable as error:
        raise invalid_client(str(error)) from error


def identify_caller(exchange: Exchange) -> None:
    """R56: a client by its credentials, or a bearer token in their place."""
    if bearer.presented(exchange.authorization):
        exchange.claim = bearer.claimed(exchange.authorization, exchange.form)
    else:
        identify(exchange)


def recall(exchange: Exchange) -> None:
    """The short way: what this worker remembers of policy and client, if both are of one version."""
    known = memory.recall(_claim(exchange), now=exchange.now)
    if known is not None and exchange.claim is not None and exchange.claim.assertion is not None:
        known = client_authentication.proven_again(known, exchange.claim.assertion)
        if known is not None:
            _use_up(exchange, exchange.claim.assertion)
    if known is None:
        return
    exchange.authenticated = known
    exchange.policy = remembered_server_policy()
    exchange.remembered = known.client.policy_version == exchange.policy.version


def load_policy(exchange: Exchange) -> None:
    """The long way begins: settings and catalogue as they stand now."""
    exchange.policy = refresh_server_policy()


def authenticate(exchange: Exchange) -> None:
    """The client as it stands now: renewed where its secret was verified before, else by Argon2. Then remembered."""
    claim, version = _claim(exchange), exchange.policy.version
    known, exchange.authenticated = exchange.authenticated, None
    if claim.method == "bearer":
        memory.forget(claim)
        exchange.authenticated = bearer.authenticate(claim, policy_version=version, now=exchange.now)
        memory.remember(claim, exchange.authenticated, now=exchange.now)
        return
    if claim.assertion is not None:
        proven = client_authentication.by_assertion(claim.assertion, policy_version=version, now=exchange.now)
        _use_up(exchange, claim.assertion)
        exchange.authenticated = proven
        memory.remember(claim, proven, now=exchange.now)
        return
    if known is not None:
        exchange.authenticated = client_authentication.renew(known, policy_version=version, now=exchange.now)
    if exchange.authenticated is None:
        memory.forget(claim)
        exchange.authenticated = client_authentication.authenticate(claim, policy_version=version, now=exchange.now)
    memory.remember(claim, exchange.authenticated, now=exchange.now)


def _use_up(exchange: Exchange, assertion: Assertion) -> None:
    """RFC 7523 §3, `jti`: once, on whatever worker; and once a request, which may take both ways."""
    if exchange.assertion_used:
        return
    if not hot_path.use_up(assertion.digest, ends=assertion.ends):
        raise invalid_client("the assertion was used before")
    exchange.assertion_used = True


def require_https(exchange: Exchange) -> None:
    """R62, of the evaluator's table; here already, before a secret is looked at."""
    if exchange.policy.https_required and not exchange.https:
        raise denied(HTTPS_ONLY)


def read_grant_type(exchange: Exchange) -> None:
    """RFC 6749 §5.2 `unsupported_grant_type` for what this server does not have."""
    exchange.grant_type = form_request.required(exchange.form, "grant_type")
    if exchange.grant_type not in (*SUPPORTED_GRANTS, *LEGACY_GRANTS):
        raise OAuthError("unsupported_grant_type", "This server does not support this grant type.")


def ask_for_device(exchange: Exchange) -> None:
    """RFC 8628 §3.1: the endpoint is for this grant alone."""
    exchange.grant_type = grant_types.DEVICE_CODE


def apply_policy(exchange: Exchange) -> None:
    """The evaluator's table and the client's budget; what is granted follows from them."""
    decision = _within_budget(exchange, evaluate(question_of(exchange)))
    if isinstance(decision, Deny):
        raise denied(decision)
    exchange.scopes, exchange.audiences = decision.reach.scopes, decision.reach.audiences
    exchange.watched = decision.watched


def _within_budget(exchange: Exchange, decision: Decision) -> Decision:
    """R41, R42: every authenticated request is charged, refused ones too (contracts, Budgets)."""
    client = exchange.caller.client
    budget = client_budget(client.rates, client_pk=client.pk, method=exchange.method)
    try:
        charge = exchange.meter.take(budget)
    except Away:
        watched = budget is not None and budget.watched
        return uncounted(decision, watched=watched, allowed=exchange.policy.allow_without_counters)
    return settle(decision, charge.spent) if charge is not None and charge.over else decision


def question_of(exchange: Exchange) -> Question:
    """The request as the evaluator is asked about it; its client is authenticated."""
    caller, form = exchange.caller, exchange.form
    return Question(
        server=exchange.policy,
        client=caller.client,
        endpoint=exchange.endpoint,
        now=exchange.now,
        grant_type=exchange.grant_type or None,
        scope=form.get("scope"),
        resource=form.get("resource"),
        address=client_address.read(exchange.address),
        method=exchange.method,
        authentication="bearer" if exchange.claim is None else exchange.claim.method,
        https=exchange.https,
        token=caller.token,
    )


def decide_lifetime(exchange: Exchange) -> None:
    """R27, R28."""
    client = exchange.caller.client
    exchange.expires = access_token_expiry(
        lifetime=client.lifetime,
        never_expires=client.never_expires,
        global_lifetime=exchange.policy.access_token_lifetime,
        now=exchange.now,
    )


def _claim(exchange: Exchange) -> client_authentication.Presented:
    if exchange.claim is None:
        raise RuntimeError("The request has not been identified yet.")
    return exchange.claim
