"""A request that a bearer token makes for itself: the token proven, its client and the policy as they stand.

One statement where the worker remembers both. `/userinfo` and `/check` begin here.
"""

from __future__ import annotations

from clients.models import Client
from policies import client_memory
from policies.snapshots import remembered_server_policy, server_policy_at
from tokens import bearer, steps
from tokens.client_authentication import Authenticated
from tokens.errors import invalid_token
from tokens.exchange import Exchange
from tokens.hot_path import StoredToken


def prove(exchange: Exchange, value: str) -> StoredToken:
    """Whose token it is, which then acts for its client. Raises OAuthError (RFC 6750 §3.1)."""
    exchange.policy = remembered_server_policy()
    steps.require_https(exchange)  # R62: before the token is looked at
    found = bearer.live(value, now=exchange.now)
    exchange.policy = server_policy_at(found.policy_version)
    try:
        client = client_memory.policy_of(
            found.token.client_pk or 0,
            revision=found.revision,
            policy_version=exchange.policy.version,
            account_active=found.account_active,
        )
    except Client.DoesNotExist as error:
        raise invalid_token("the token's client is gone") from error
    exchange.authenticated = Authenticated(client=client, secret_pk=None, token=bearer.facts_of(found.token))
    return found.token
