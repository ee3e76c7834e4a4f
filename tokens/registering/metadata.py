"""Client metadata (RFC 7591 §2) as the registry's facts, and back. Pure but for the catalogue's names.

Unknown members are ignored, as §2 asks; those that are known and wrong are refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from clients.facts import ClientFacts, facts_of
from clients.models import Client
from clients.rules import grant_types, names, public_keys
from clients.rules.redirect_uris import host_of
from policies.scopes import pattern_matches
from tokens.models import InitialAccessToken
from tokens.registering import initial_tokens

REFRESH = grant_types.REFRESH_TOKEN
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
TEXTS = ("client_name", "scope", "token_endpoint_auth_method", "jwks_uri", "id_token_signed_response_alg")
LISTS = ("redirect_uris", "post_logout_redirect_uris", "grant_types", "response_types")
# RFC 7592 §2.2: what a client MUST NOT send back.
SERVERS = ("registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at")
URI, METADATA, STATEMENT = "invalid_redirect_uri", "invalid_client_metadata", "unapproved_software_statement"
LONGEST_NAME = 200
# The facts that metadata say; every other is an administrator's.
SAID = (
    "display_name", "type", "grants", "redirect_uris", "post_logout_redirect_uris", "allowed_scope", "refresh_limit",
    "token_endpoint_auth_method", "client_jwks", "client_jwks_uri", "id_token_signed_response_alg",
)  # fmt: skip


class Unsound(Exception):
    """RFC 7591 §3.2.2: an error code, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a document asks for: `facts` without name and owner, which are given."""

    facts: ClientFacts
    name: str


def read(document: object, *, within: InitialAccessToken) -> Wanted:
    """The client that `document` describes, within the limits of the token. Raises Unsound."""
    if not isinstance(document, Mapping):
        raise Unsound(METADATA, "The metadata are a JSON object.")
    if "software_statement" in document:
        raise Unsound(STATEMENT, "This server trusts no issuer of software statements; leave it out.")
    _check_types(document)
    grants = tuple(document.get("grant_types", [grant_types.AUTHORIZATION_CODE]))
    method = document.get("token_endpoint_auth_method", "client_secret_basic")
    _check_grants(grants, document, within)
    _check_method(method, document)
    uris = tuple(document.get("redirect_uris", ()))
    _check_hosts(uris, within)
    _check_hosts(tuple(document.get("post_logout_redirect_uris", ())), within)
    facts = ClientFacts(
        name="",
        display_name=str(document.get("client_name", ""))[:LONGEST_NAME],
        type="public" if method == "none" else "confidential",
        grants=tuple(grant for grant in grants if grant != REFRESH),
        redirect_uris=uris,
        post_logout_redirect_uris=tuple(document.get("post_logout_redirect_uris", ())),
        allowed_scope=_scope(document, within),
        refresh_limit="unlimited" if REFRESH in grants else 0,
        token_endpoint_auth_method="" if method == "none" else method,
        client_jwks=_keys(document),
        client_jwks_uri=document.get("jwks_uri", ""),
        id_token_signed_response_alg=document.get("id_token_signed_response_alg", "RS256"),
    )
    return Wanted(facts=facts, name=plain_name(document.get("client_name", "")))


def replaced(before: ClientFacts, wanted: ClientFacts) -> ClientFacts:
    """RFC 7592 §2.2: what metadata say, anew. Network rules, budgets, lifetimes and the like stay as they were set."""
    facts = replace(before, **{name: getattr(wanted, name) for name in SAID})
    both_refresh = before.refresh_limit != 0 and wanted.refresh_limit != 0
    return replace(facts, refresh_limit=before.refresh_limit) if both_refresh else facts


def _check_types(document: Mapping[str, Any]) -> None:
    for key in TEXTS:
        if key in document and not isinstance(document[key], str):
            raise Unsound(METADATA, f"{key} is a text.")
    for key in LISTS:
        value = document.get(key, [])
        if not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise Unsound(URI if key == "redirect_uris" else METADATA, f"{key} is a list of texts.")


def _check_grants(grants: tuple[str, ...], document: Mapping[str, Any], within: InitialAccessToken) -> None:
    let = {*str(within.grant_types).split(), REFRESH}
    if beyond := sorted(set(grants) - let):
        raise Unsound(METADATA, f"grant_types: {beyond[0][:100]} cannot be registered here.")
    by_code = grant_types.AUTHORIZATION_CODE in grants
    responses = set(document.get("response_types", ["code"] if by_code else []))
    if responses != ({"code"} if by_code else set()):
        raise Unsound(METADATA, "response_types does not fit grant_types: code goes with authorization_code.")


def _check_method(method: str, document: Mapping[str, Any]) -> None:
    if method not in METHODS:
        raise Unsound(METADATA, f"token_endpoint_auth_method is one of {', '.join(METHODS)}.")
    if "jwks" in document and "jwks_uri" in document:
        raise Unsound(METADATA, "jwks and jwks_uri exclude each other (RFC 7591 §2).")


def _check_hosts(uris: tuple[str, ...], within: InitialAccessToken) -> None:
    for uri in uris:
        host = host_of(uri)
        if not initial_tokens.lets_host(within, host):
            raise Unsound(URI, f"{uri[:200]} leads to a host that this initial access token does not name.")


def _scope(document: Mapping[str, Any], within: InitialAccessToken) -> str:
    """Names or patterns out of what the token lets; left out: all of it."""
    if "scope" not in document:
        return str(within.allowed_scope)
    let = str(within.allowed_scope).split()
    for element in document["scope"].split():
        if not any(_covers(pattern, element) for pattern in let):
            raise Unsound(METADATA, f"scope: {element[:100]} cannot be registered here.")
    return str(document["scope"])


def _covers(pattern: str, element: str) -> bool:
    """A star of `element` is covered by a star alone, at its place."""
    return pattern == element or pattern_matches(pattern, element)


def _keys(document: Mapping[str, Any]) -> tuple[str, ...]:
    if document.get("jwks") is None:
        return ()
    if message := public_keys.shape(document["jwks"]):
        raise Unsound(METADATA, f"jwks: {message}")
    return tuple(public_keys.from_document(document["jwks"]))


def plain_name(name: str) -> str:
    """A name that the registry takes (R2): what it refuses is left out."""
    kept = "".join(c if c.isprintable() and c not in names.REFUSED else " " for c in name)
    plain = " ".join(kept.split())[:LONGEST_NAME]
    return plain if plain and names.name_fault(plain) is None else "Dynamically registered"


def of_client(client: Client) -> dict[str, Any]:
    """RFC 7591 §3.2.1: all registered metadata about this client."""
    facts = facts_of(client)
    grants = [*facts.grants, *([REFRESH] if facts.refresh_limit != 0 else [])]
    by_code = grant_types.AUTHORIZATION_CODE in facts.grants
    said: dict[str, Any] = {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created.timestamp()),
        "client_name": facts.display_name or facts.name,
        "grant_types": grants,
        "response_types": ["code"] if by_code else [],
        "redirect_uris": list(facts.redirect_uris),
        "post_logout_redirect_uris": list(facts.post_logout_redirect_uris),
        "scope": facts.allowed_scope,
        "token_endpoint_auth_method": facts.token_endpoint_auth_method or "client_secret_basic"
        if facts.confidential
        else "none",
        "id_token_signed_response_alg": facts.id_token_signed_response_alg,
    }
    if facts.client_jwks:
        said["jwks"] = {"keys": [json.loads(key) for key in facts.client_jwks]}
    if facts.client_jwks_uri:
        said["jwks_uri"] = facts.client_jwks_uri
    return said
