"""Between facts and what the fields of the form hold. Pure.

Two facts are asked by a choice with a number beside it: the lifetime of access tokens, and the refreshes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from clients.facts import ClientFacts, Lifetime, RefreshLimit
from clients.presets import BY_VALUE, FIRST
from clients.rules import public_keys

NEVER_PRESET = (
    *("name", "version", "display_name", "description", "owner", "namespaces", "primary_namespace"),
    *("client_jwks", "client_jwks_uri"),
)
OUT_OF_RANGE = -1  # stands for what is no number at all: the rule says what would be one


def initial_of(facts: ClientFacts) -> dict[str, Any]:
    """What the fields show for `facts`."""
    lifetime, limit = facts.access_token_lifetime, facts.refresh_limit
    return {
        "name": facts.name,
        "version": facts.version,
        "display_name": facts.display_name,
        "description": facts.description,
        "owner": facts.owner,
        "type": facts.type,
        "grants": list(facts.grants),
        "redirect_uris": "\n".join(facts.redirect_uris),
        "allowed_scope": facts.allowed_scope,
        "namespaces": list(facts.namespaces),
        "primary_namespace": facts.primary_namespace,
        "access_token_lifetime": "seconds" if isinstance(lifetime, int) else lifetime,
        "access_token_lifetime_seconds": lifetime if isinstance(lifetime, int) else "",
        "refresh": limit if limit == "unlimited" else "limit" if limit else "none",
        "refresh_limit": limit if limit != "unlimited" and limit else "",
        "refresh_grace": facts.refresh_grace,
        "network_rules_at_authorize": "true" if facts.network_rules_at_authorize else "false",
        "pkce_required": "true" if facts.pkce_required else "false",
        "token_endpoint_auth_method": facts.token_endpoint_auth_method,
        "client_jwks": public_keys.text_of(facts.client_jwks),
        "client_jwks_uri": facts.client_jwks_uri,
        "token_format": facts.token_format,
        "access_token_signed_response_alg": facts.access_token_signed_response_alg,
        "id_token_signed_response_alg": facts.id_token_signed_response_alg,
        "post_logout_redirect_uris": "\n".join(facts.post_logout_redirect_uris),
    }


def fitting(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same without what does not fit the chosen type and could not be chosen any more."""
    public, method = values.get("type") == "public", values.get("token_endpoint_auth_method")
    if public:
        kept = "none" if method == "none" else ""
        no_keys = {"client_jwks": "", "client_jwks_uri": ""}
        return {**values, "pkce_required": "true", "token_endpoint_auth_method": kept, **no_keys}
    return {**values, "token_endpoint_auth_method": "" if method == "none" else method}


def preset_initial(value: str, *, legacy_grants: bool, typed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the register form shows for a preset; what nobody presets stays as `typed`."""
    preset = BY_VALUE.get(value, FIRST)
    if preset.needs_legacy and not legacy_grants:
        preset = FIRST
    filled = {name: v for name, v in initial_of(preset.facts).items() if name not in NEVER_PRESET}
    typed = typed or {}
    if str(typed.get("redirect_uris", "")).strip():
        filled["redirect_uris"] = typed["redirect_uris"]
    return {**typed, **filled, "preset": preset.value}


def typed_values(data: QueryDict) -> dict[str, Any]:
    """What was sent, as the start of a form that is not judged yet."""
    typed = {name: data[name] for name in data if name != "client_secret"}
    return {**typed, "grants": data.getlist("grants"), "namespaces": data.getlist("namespaces")}


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else OUT_OF_RANGE


def lifetime_from(choice: str, seconds: str) -> Lifetime:
    """R27, from a choice and a number; documents' way of saying it (a number alone) is understood too."""
    if choice == "global" or not (choice or seconds):
        return "global"
    if choice == "never":
        return "never"
    return _number(seconds if choice in ("seconds", "") else choice)


def grace_from(seconds: str) -> int:
    """R31: an empty number is none."""
    return _number(seconds) if seconds.strip() else 0


def refresh_limit_from(choice: str, limit: str) -> RefreshLimit:
    """R29: none, a number or unlimited; an empty number is none."""
    if choice == "unlimited" or (not choice and limit == "unlimited"):
        return "unlimited"
    if choice == "none" or not limit.strip():
        return 0
    return _number(limit)
