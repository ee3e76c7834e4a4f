"""What decisions are made from, read from the database into frozen values: the server's policy and one client's.

A worker may remember them. Whoever acts on a remembered one has its statement compare `policy_version` and the
client's `revision`, so that a change binds every worker at its next request (`tokens.hot_path`).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import MappingProxyType

from accounts import server_settings
from clients.models import Client
from clients.rules import grant_types
from policies import rate_limits
from policies.models import Api, Scope
from policies.networks import NO_RULES, RuleSet, compiled
from policies.rate_limits import NO_RATES, Bounds, RateRules
from policies.scopes import AllowedScope, Catalogue, ScopeFacts

BY_SECRET = ("client_secret_basic", "client_secret_post")


@dataclass(frozen=True, kw_only=True)
class ServerPolicy:
    """Settings and scope catalogue as of `version`."""

    version: int
    https_required: bool
    access_token_lifetime: int
    authorization_code_lifetime: int
    refresh_token_lifetime: int
    pkce_required: bool
    legacy_grants: bool
    dynamic_registration: bool = False
    address_budget: int
    allow_without_counters: bool
    catalogue: Catalogue


@dataclass(frozen=True, kw_only=True)
class ClientPolicy:
    """One client as of its `revision`, with the rules about it as of `policy_version`.

    `watched_scope`: a narrower one that refuses nothing yet, or None.

    `refresh_limit` None: unlimited (R29). `refresh_grace`: in seconds (R31). `introspects`: audiences of the APIs it
    may introspect for.
    """

    pk: int
    client_id: str
    revision: int
    policy_version: int
    confidential: bool
    usable: bool
    grants: frozenset[str]
    allowed_scope: AllowedScope
    watched_scope: AllowedScope | None = None
    lifetime: int | None
    never_expires: bool
    refresh_limit: int | None
    refresh_grace: int = 0
    token_format: str
    access_token_alg: str
    id_token_alg: str
    auth_method: str
    public_keys: tuple[str, ...]
    keys_address: str
    introspects: frozenset[str]
    rates: RateRules = NO_RATES
    networks: RuleSet = NO_RULES
    networks_at_authorize: bool = True

    @property
    def refreshes(self) -> bool:
        """R29, R30: it follows from the limit, and from a grant that a refresh token can come with."""
        return self.refresh_limit != 0 and grant_types.may_refresh(self.grants)

    def accepts(self, authentication: str) -> bool:
        """Whether this is how the client proves itself; by default Basic or the body (contracts, Documents)."""
        if not self.confidential:
            return authentication == "none"
        return authentication == self.auth_method if self.auth_method else authentication in BY_SECRET

    @property
    def authentication_in_words(self) -> str:
        """For the trail."""
        if not self.confidential:
            return "a public client only names itself"
        return f"this client authenticates by {self.auth_method or ' or '.join(BY_SECRET)}"

    def delay_for(self, method: str) -> Bounds | None:
        return self.rates.delay_for(method)


def load_server_policy() -> ServerPolicy:
    """Two statements. The version is read first: a change in between is then noticed, not missed."""
    stored = server_settings.current()
    rows = Scope.objects.order_by("name").values_list("name", "is_default", "is_sensitive", "api__audience")
    catalogue = {
        name: ScopeFacts(is_default=default, is_sensitive=sensitive, audience=audience)
        for name, default, sensitive, audience in rows
    }
    return ServerPolicy(
        version=stored.policy_version,
        https_required=server_settings.https_required(stored),
        access_token_lifetime=stored.access_token_lifetime,
        authorization_code_lifetime=stored.authorization_code_lifetime,
        refresh_token_lifetime=stored.refresh_token_lifetime,
        pkce_required=stored.require_pkce,
        legacy_grants=stored.legacy_grants,
        dynamic_registration=stored.dynamic_registration,
        address_budget=stored.address_budget,
        allow_without_counters=stored.allow_without_counters,
        catalogue=MappingProxyType(catalogue),
    )


def load_client_policy(client: Client, *, policy_version: int) -> ClientPolicy:
    """One statement beside the client row that the caller has read; `policy_version` as read before that row."""
    account = client.service_account  # select it with the client, or this is a second statement
    return ClientPolicy(
        pk=client.pk,
        client_id=client.client_id,
        revision=client.revision,
        policy_version=policy_version,
        confidential=client.confidential,
        usable=client.is_active and client.deleted_at is None and (account is None or account.is_active),
        grants=frozenset(client.grants),
        allowed_scope=AllowedScope(client.allowed_scope),
        watched_scope=AllowedScope(client.watched_scope) if client.watched_scope else None,
        lifetime=client.access_token_lifetime,
        never_expires=client.access_tokens_never_expire,
        refresh_limit=client.refresh_limit,
        refresh_grace=client.refresh_grace,
        token_format=client.token_format,
        access_token_alg=client.access_token_signed_response_alg,
        id_token_alg=client.id_token_signed_response_alg,
        auth_method=client.token_endpoint_auth_method,
        public_keys=tuple(client.client_jwks.splitlines()),
        keys_address=client.client_jwks_uri,
        rates=rate_limits.compiled(client.rate_rules),
        networks=compiled(client.network_rules),
        networks_at_authorize=client.network_rules_at_authorize,
        introspects=frozenset(Api.objects.filter(introspectors=client).values_list("audience", flat=True)),
    )


_lock = threading.Lock()
_server_policy: ServerPolicy | None = None


def remembered_server_policy() -> ServerPolicy:
    """This worker's copy, possibly old: compare its version before acting on it."""
    return _server_policy or refresh_server_policy()


def server_policy_at(version: int) -> ServerPolicy:
    """The policy of this version, which a statement of this request has named; read anew where it is another."""
    known = remembered_server_policy()
    return known if known.version == version else refresh_server_policy()


def refresh_server_policy() -> ServerPolicy:
    """Read it anew and remember it."""
    global _server_policy
    fresh = load_server_policy()
    with _lock:
        if _server_policy is None or fresh.version >= _server_policy.version:
            _server_policy = fresh
    return fresh
