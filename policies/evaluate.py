"""The ordered table of checks on an authenticated request. Pure: a question in, a decision out.

Endpoints run it today; simulator, trace and `/check` will run the same table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clients import grant_types
from policies.decision import ALLOW, Decision, Deny
from policies.networks import refusal_in_words
from policies.scopes import INTROSPECT
from policies.snapshots import ClientPolicy

CONFIDENTIAL_ONLY = frozenset(grant.value for grant in grant_types.GRANT_TYPES if grant.confidential_only)
LEGACY = frozenset(grant.value for grant in grant_types.GRANT_TYPES if grant.legacy)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A client at an endpoint (`authorize`, `token`, `device_authorization`, …), with its grant type if any.

    It is authenticated, except at `authorize`, where it is only named. `address`: where the request came from.
    """

    client: ClientPolicy
    endpoint: str
    grant_type: str | None = None
    address: str = ""
    legacy_grants: bool = False


def client_is_active(question: Question) -> Decision:
    """R46: an inactive client gets no tokens and asks for none."""
    if question.client.usable:
        return ALLOW
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
    if question.endpoint not in ("authorize", "token", "device_authorization"):
        return ALLOW
    grant, client = question.grant_type or "", question.client
    public_may_not = grant in CONFIDENTIAL_ONLY and not client.confidential
    selected = _refreshes(client) if grant == grant_types.REFRESH_TOKEN else grant in client.grants
    if selected and not public_may_not:
        return ALLOW
    return Deny(
        code="grant-not-selected",
        error="unauthorized_client",
        sentence="This client may not use this grant type.",
        detail=grant,
    )


def _refreshes(client: ClientPolicy) -> bool:
    """R29, R30: refreshing follows from the limit, and from a grant that a refresh token can come with."""
    return client.refresh_limit != 0 and grant_types.may_refresh(client.grants)


def grant_is_on(question: Question) -> Decision:
    """R20: implicit and password are off for the whole server until an administrator turns them on."""
    if question.legacy_grants or question.grant_type not in LEGACY:
        return ALLOW
    return Deny(
        code="legacy-grants-off",
        error="unsupported_response_type" if question.endpoint == "authorize" else "unsupported_grant_type",
        sentence="Legacy grants are off for this server.",
        detail=question.grant_type or "",
    )


def may_introspect(question: Question) -> Decision:
    """R56: a confidential client whose allowed scope holds `authorization.introspect`."""
    if question.endpoint != "introspect":
        return ALLOW
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


CHECKS: tuple[Callable[[Question], Decision], ...] = (
    client_is_active,
    network_is_allowed,
    grant_is_on,
    grant_is_selected,
    may_introspect,
)


def evaluate(question: Question) -> Decision:
    """The first check that denies, or Allow."""
    for check in CHECKS:
        decision = check(question)
        if isinstance(decision, Deny):
            return decision
    return ALLOW
