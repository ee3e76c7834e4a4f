"""What people decide about a client, as plain values: the form, the document and the rules all speak of these.

Beside them a client has what the server keeps (its number, times, secrets, protection, epochs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, cast

from clients.models import Client
from clients.rules import grant_types, network_rules, public_keys, rate_rules, redirect_uris
from clients.rules.names import name_key
from clients.rules.text import normal_lines

ClientType = Literal["confidential", "public"]
BY_KEYS = "private_key_jwt"  # OpenID Connect Core §9
Lifetime = int | Literal["global", "never"]
RefreshLimit = int | Literal["unlimited"]


@dataclass(frozen=True, kw_only=True)
class ClientFacts:
    """`owner` is a user name, empty for the server itself; lifetimes and the grace are in seconds; `redirect_uris` and
    `post_logout_redirect_uris` are lines. `client_jwks` are public keys, each a line of JSON.

    `watched_scope`: a narrower allowed scope that refuses nothing yet; empty: none is watched.

    `network_rules` and `rate_rules` are lines, as the rooms of these names read them.

    `namespaces` are names; `primary_namespace` is one of them, or empty where there are none (R8).
    """

    name: str
    version: str = ""
    display_name: str = ""
    description: str = ""
    type: str = "confidential"
    grants: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    allowed_scope: str = ""
    watched_scope: str = ""
    owner: str = ""
    access_token_lifetime: Lifetime = "global"
    refresh_limit: RefreshLimit = 0
    refresh_grace: int = 0
    token_format: str = "opaque"
    id_token_signed_response_alg: str = "RS256"
    access_token_signed_response_alg: str = "ES256"
    pkce_required: bool = True
    token_endpoint_auth_method: str = ""
    client_jwks: tuple[str, ...] = ()
    client_jwks_uri: str = ""
    namespaces: tuple[str, ...] = ()
    primary_namespace: str = ""
    network_rules: tuple[str, ...] = ()
    network_rules_at_authorize: bool = True
    rate_rules: tuple[str, ...] = ()

    @property
    def confidential(self) -> bool:
        return self.type == "confidential"

    @property
    def by_keys(self) -> bool:
        """Whether it signs assertions, so that it needs no secret (RFC 7523)."""
        return self.confidential and self.token_endpoint_auth_method == BY_KEYS

    @property
    def by_secret(self) -> bool:
        """Whether it authenticates by a secret (R12)."""
        return self.confidential and not self.by_keys

    def normal(self) -> ClientFacts:
        """The same facts as they are stored and compared: trimmed, in one order, each entry once."""
        return replace(
            self,
            name=self.name.strip(),
            version=self.version.strip(),
            display_name=self.display_name.strip(),
            description=normal_lines(self.description).strip(),
            grants=grant_types.in_order(self.grants),
            redirect_uris=redirect_uris.kept(self.redirect_uris),
            post_logout_redirect_uris=redirect_uris.kept(self.post_logout_redirect_uris),
            client_jwks=public_keys.kept(self.client_jwks),
            client_jwks_uri=self.client_jwks_uri.strip(),
            allowed_scope=" ".join(dict.fromkeys(self.allowed_scope.split())),
            watched_scope=" ".join(dict.fromkeys(self.watched_scope.split())),
            namespaces=tuple(sorted(set(self.namespaces))),
            primary_namespace=self._primary_namespace,
            network_rules=network_rules.normal(self.network_rules),
            rate_rules=rate_rules.normal(self.rate_rules),
        )

    @property
    def _primary_namespace(self) -> str:
        """The only one is the primary one without being named twice."""
        names = set(self.namespaces)
        return self.primary_namespace or (names.pop() if len(names) == 1 else "")


# The documents' word for each fact (contracts, Documents); events and differences use them too.
DOCUMENT_KEYS: Mapping[str, str] = {
    "name": "name",
    "version": "version",
    "display_name": "displayName",
    "description": "description",
    "type": "type",
    "grants": "grants",
    "redirect_uris": "redirectUris",
    "post_logout_redirect_uris": "postLogoutRedirectUris",
    "allowed_scope": "allowedScope",
    "watched_scope": "watchedScope",
    "owner": "owner",
    "access_token_lifetime": "accessTokenLifetime",
    "refresh_limit": "refreshLimit",
    "refresh_grace": "refreshGrace",
    "token_format": "tokenFormat",
    "id_token_signed_response_alg": "idTokenSignedResponseAlg",
    "access_token_signed_response_alg": "accessTokenSignedResponseAlg",
    "pkce_required": "pkceRequired",
    "token_endpoint_auth_method": "tokenEndpointAuthMethod",
    "client_jwks": "clientJwks",
    "client_jwks_uri": "clientJwksUri",
    "namespaces": "namespaces",
    "primary_namespace": "primaryNamespace",
    "network_rules": "allowedIpRules",
    "network_rules_at_authorize": "networkRulesAtAuthorize",
    "rate_rules": "rateLimitRules",
}


def facts_of(client: Client) -> ClientFacts:
    """The facts of a stored client; reads its owner and its namespaces."""
    namespaces = {namespace.pk: namespace.name for namespace in client.namespaces.all()}
    return ClientFacts(
        name=client.name,
        version=client.version,
        display_name=client.display_name,
        description=client.description,
        type=client.client_type,
        grants=client.grants,
        redirect_uris=tuple(client.redirect_uris.split()),
        post_logout_redirect_uris=tuple(client.post_logout_redirect_uris.split()),
        allowed_scope=client.allowed_scope,
        watched_scope=client.watched_scope,
        owner=client.owner.username if client.owner else "",
        access_token_lifetime=lifetime_of(client),
        refresh_limit="unlimited" if client.refresh_limit is None else client.refresh_limit,
        refresh_grace=client.refresh_grace,
        token_format=client.token_format,
        id_token_signed_response_alg=client.id_token_signed_response_alg,
        access_token_signed_response_alg=client.access_token_signed_response_alg,
        pkce_required=client.pkce_required,
        token_endpoint_auth_method=client.token_endpoint_auth_method,
        client_jwks=tuple(client.client_jwks.splitlines()),
        client_jwks_uri=client.client_jwks_uri,
        namespaces=tuple(sorted(namespaces.values())),
        primary_namespace=namespaces.get(client.primary_namespace_id or 0, ""),
        network_rules=tuple(client.network_rules.split("\n")) if client.network_rules else (),
        network_rules_at_authorize=client.network_rules_at_authorize,
        rate_rules=tuple(client.rate_rules.splitlines()),
    )


def lifetime_of(client: Client) -> Lifetime:
    """R27: the global setting, never, or seconds."""
    if client.access_tokens_never_expire:
        return "never"
    return "global" if client.access_token_lifetime is None else client.access_token_lifetime


def columns_of(facts: ClientFacts) -> dict[str, Any]:
    """The columns that hold normal `facts`; owner and namespaces are set by whoever has looked them up."""
    lifetime = facts.access_token_lifetime
    return {
        "name": facts.name,
        "version": facts.version,
        "name_key": name_key(facts.name, facts.version),
        "display_name": facts.display_name,
        "description": facts.description,
        "client_type": cast(ClientType, facts.type),
        "grant_types": " ".join(facts.grants),
        "redirect_uris": "\n".join(facts.redirect_uris),
        "post_logout_redirect_uris": "\n".join(facts.post_logout_redirect_uris),
        "allowed_scope": facts.allowed_scope,
        "watched_scope": facts.watched_scope,
        "access_token_lifetime": lifetime if isinstance(lifetime, int) else None,
        "access_tokens_never_expire": lifetime == "never",
        "refresh_limit": None if facts.refresh_limit == "unlimited" else facts.refresh_limit,
        "refresh_grace": facts.refresh_grace,
        "token_format": facts.token_format,
        "id_token_signed_response_alg": facts.id_token_signed_response_alg,
        "access_token_signed_response_alg": facts.access_token_signed_response_alg,
        "pkce_required": facts.pkce_required,
        "token_endpoint_auth_method": facts.token_endpoint_auth_method,
        "network_rules": "\n".join(facts.network_rules),
        "network_rules_at_authorize": facts.network_rules_at_authorize,
        "rate_rules": "\n".join(facts.rate_rules),
        "client_jwks": "\n".join(facts.client_jwks),
        "client_jwks_uri": facts.client_jwks_uri,
    }


def differences(before: ClientFacts, after: ClientFacts) -> dict[str, list[Any]]:
    """What changes between normal facts, as `{document key: [old, new]}`."""
    old, new = asdict(before), asdict(after)
    return {DOCUMENT_KEYS[field]: [_plain(old[field]), _plain(new[field])] for field in old if old[field] != new[field]}


def plain_facts(facts: ClientFacts) -> dict[str, Any]:
    """Every fact by its document key, as a document says it."""
    return {DOCUMENT_KEYS[field]: _plain(value) for field, value in asdict(facts).items()}


def facts_with(facts: ClientFacts, changes: Mapping[str, Any]) -> ClientFacts:
    """`facts` with other values, by document keys, as `differences` tells them; keys that are no facts are left out."""
    fields = {key: field for field, key in DOCUMENT_KEYS.items()}
    values = {fields[key]: _unplain(value) for key, value in changes.items() if key in fields}
    return replace(facts, **values)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _unplain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
