"""The checks of the evaluator, each a pure function of the question. Their order stands in `policies.evaluate`."""

from __future__ import annotations

from clients.rules import grant_types
from policies import resources, scopes
from policies.decision import ALLOW, Allow, Decision, Deny, Watched
from policies.networks import refusal_in_words
from policies.question import Question
from policies.resources import Reach, ResourceRefused
from policies.scopes import INTROSPECT, OPENID, ScopeRefused

CONFIDENTIAL_ONLY = frozenset(grant.value for grant in grant_types.GRANT_TYPES if grant.confidential_only)
LEGACY = frozenset(grant.value for grant in grant_types.GRANT_TYPES if grant.legacy)
# A code and a refresh token bring their scopes with them; what is asked of those is narrowed when they are redeemed.
SCOPE = "scope"  # the name of the check below, as what is watched says it
ASKS_FOR_SCOPES = frozenset({grant_types.CLIENT_CREDENTIALS, grant_types.PASSWORD})
HTTPS_ONLY = Deny(code="https-required", error="invalid_request", sentence="This server is reached by https only.")


def transport_is_safe(question: Question) -> Decision:
    """R62."""
    return ALLOW if question.https or not question.server.https_required else HTTPS_ONLY


def token_holds(question: Question) -> Decision:
    """RFC 6750 §3.1. `/introspect` takes a token in place of credentials; elsewhere one is needed (R54)."""
    token = question.token
    if token is None:
        needed = question.endpoint != "introspect"
        return Deny(code="no-token", error="", sentence="", status=401, detail="no token") if needed else ALLOW
    return ALLOW if not token.fault else _invalid_token(token.fault)


def _invalid_token(detail: str) -> Deny:
    sentence = "The access token is invalid, expired or revoked."
    return Deny(code="token-invalid", error="invalid_token", sentence=sentence, status=401, detail=detail)


def authentication_is_accepted(question: Question) -> Decision:
    """RFC 6749 §2.3. That the proof itself holds is decided before; here: that it is this client's kind of proof."""
    if question.authentication == "bearer" or question.client.accepts(question.authentication):
        return ALLOW
    return Deny(
        code="authentication-refused",
        error="invalid_client",
        sentence="Client authentication failed.",
        status=401,
        detail=question.client.authentication_in_words,
    )


def client_is_active(question: Question) -> Decision:
    """R46: an inactive client gets no tokens and asks for none; those that it has do not hold meanwhile."""
    if question.client.usable:
        return ALLOW
    if question.token is not None:
        return _invalid_token("the token's client is deactivated")
    return Deny(code="client-inactive", error="invalid_client", sentence="This client is deactivated.", status=401)


def network_is_allowed(question: Question) -> Decision:
    """R37, R38. Which rule fired is told to nobody outside: whoever probes would learn the networks."""
    client = question.client
    if question.endpoint == "authorize" and not client.networks_at_authorize:
        return ALLOW
    if not client.networks.refuses(question.address):
        return ALLOW
    return Deny(
        code="network-refused",
        error="access_denied",
        sentence="This client may not be used from this network.",
        status=403,
        detail=refusal_in_words(client.networks, question.address),
    )


def grant_is_selected(question: Question) -> Decision:
    """R21; RFC 6749 §5.2 `unauthorized_client`. R19: some grants are for confidential clients alone."""
    grant, client = question.grant_type or "", question.client
    public_may_not = grant in CONFIDENTIAL_ONLY and not client.confidential
    selected = client.refreshes if grant == grant_types.REFRESH_TOKEN else grant in client.grants
    if selected and not public_may_not:
        return ALLOW
    return Deny(
        code="grant-not-selected",
        error="unauthorized_client",
        sentence="This client may not use this grant type.",
        detail=grant,
    )


def grant_is_on(question: Question) -> Decision:
    """R20: implicit and password are off for the whole server until an administrator turns them on."""
    if question.grant_type not in LEGACY or question.server.legacy_grants:
        return ALLOW
    return Deny(
        code="legacy-grants-off",
        error="unsupported_response_type" if question.endpoint == "authorize" else "unsupported_grant_type",
        sentence="Legacy grants are off for this server.",
        detail=question.grant_type or "",
    )


def may_introspect(question: Question) -> Decision:
    """R56: a confidential client whose allowed scope holds `authorization.introspect`."""
    if not question.client.confidential:
        # A public client has only named itself (RFC 7662 §2.1: the endpoint MUST require authorization).
        return Deny(code="public-client", error="invalid_client", sentence="Client authentication failed.", status=401)
    if question.client.allowed_scope.allows(INTROSPECT):
        return ALLOW
    return Deny(
        code="may-not-introspect",
        error="access_denied",
        sentence=f"This client may not introspect: its allowed scope does not hold {INTROSPECT}.",
        status=403,
    )


def scope_is_allowed(question: Question) -> Decision:
    """R33, R34: requested ∩ allowed, or the defaults; the audience follows from the scopes' APIs (RFC 8707)."""
    if question.endpoint == "token" and question.grant_type not in ASKS_FOR_SCOPES:
        return ALLOW
    catalogue = question.server.catalogue
    try:
        granted = scopes.decide(question.scope, allowed=question.client.allowed_scope, catalogue=catalogue)
        whole = Reach(scopes=granted, audiences=scopes.audiences(granted, catalogue))
        reach = resources.narrowed(whole, to=resources.named(question.resource), catalogue=catalogue)
        return Allow(reach=reach, watched=_beyond_watched(question, reach.scopes))
    except ScopeRefused as refusal:
        return Deny(code="scope-refused", error="invalid_scope", sentence=str(refusal))
    except ResourceRefused as refusal:
        return Deny(code="resource-refused", error="invalid_target", sentence=str(refusal))


def _beyond_watched(question: Question, granted: tuple[str, ...]) -> tuple[Watched, ...]:
    """What the narrower scope, which only watches, would not have let through."""
    narrower = question.client.watched_scope
    if narrower is None:
        return ()
    beyond = [name for name in granted if not narrower.allows(name)]
    if not beyond:
        return ()
    sentence = f"The scope {beyond[0]} is not allowed for this client."
    would = Deny(code="scope-refused", error="invalid_scope", sentence=sentence)
    return (Watched(check=SCOPE, rule=narrower.text, would=would),)


def token_has_scope(question: Question) -> Decision:
    """R54, R55: what is needed stands in the answer, so that a client can find it out."""
    token = question.token
    if token is None:
        return ALLOW
    needed = needed_scopes(question)
    return ALLOW if token.scopes.issuperset(needed) else _insufficient(needed)


def needed_scopes(question: Question) -> list[str]:
    """What the token must hold: all of them."""
    if question.endpoint == "introspect":
        return [INTROSPECT]
    return [OPENID] if question.endpoint == "userinfo" else (question.scope or "").split()


def token_is_meant_for_api(question: Question) -> Decision:
    """RFC 9068 §4, R56: the API of a needed scope is an audience of the token; a scope without an API has none."""
    token, catalogue = question.token, question.server.catalogue
    if token is None:
        return ALLOW
    needed = needed_scopes(question)
    for name in needed:
        facts = catalogue.get(name)
        if facts is not None and facts.audience is not None and facts.audience not in token.audiences:
            return _insufficient(needed, detail=f"{facts.audience} is no audience of the token")
    return ALLOW


def _insufficient(needed: list[str], *, detail: str = "") -> Deny:
    whole = " ".join(needed)
    return Deny(
        code="insufficient-scope",
        error="insufficient_scope",
        sentence=f"The access token lacks the scope {whole}.",
        status=403,
        detail=detail,
        needs=whole,
    )
