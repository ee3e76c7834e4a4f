"""A bearer token as the caller's authentication (RFC 6750 §2.1), where an endpoint takes one."""

from __future__ import annotations

from clients.models import Client
from policies.scopes import INTROSPECT
from policies.snapshots import load_client_policy
from tokens import hot_path, introspection, steps
from tokens.client_authentication import Authenticated
from tokens.errors import OAuthError, invalid_request, invalid_token
from tokens.exchange import Exchange
from tokens.formats import looks_issued, stored_hash


def presented(authorization: str) -> bool:
    """Whether the Authorization header is of the Bearer scheme, in any case (RFC 9110 §11.1)."""
    return authorization.partition(" ")[0].lower() == "bearer"


CREDENTIALS = ("access_token", "client_secret", "client_assertion")


def authenticate(exchange: Exchange) -> None:
    """The step: who holds the token, with the scope to introspect. Raises OAuthError as RFC 6750 §3.1 spells it."""
    steps.load_policy(exchange)
    steps.require_https(exchange)
    if any(name in exchange.form for name in CREDENTIALS):
        # RFC 6750 §2, RFC 6749 §2.3: clients MUST NOT use more than one method in each request.
        raise invalid_request("Authenticate by the Authorization header or by the body, not by both.")
    value = exchange.authorization.partition(" ")[2].strip()
    token = hot_path.find(stored_hash(value)) if looks_issued(value) else None
    if token is None or not introspection.holds(token, now=exchange.now):
        raise invalid_token("the caller's token does not hold")
    if INTROSPECT not in token.scope.split():
        raise OAuthError(
            "insufficient_scope",
            f"The access token lacks the scope {INTROSPECT}.",
            status=403,
            headers={
                "WWW-Authenticate": f'Bearer realm="authserver", error="insufficient_scope", scope="{INTROSPECT}"'
            },
        )
    client = Client.objects.select_related("service_account").get(pk=token.client_pk)
    policy = load_client_policy(client, policy_version=exchange.policy.version)
    exchange.authenticated = Authenticated(client=policy, secret_pk=None)
