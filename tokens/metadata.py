"""What this server says of itself (RFC 8414): exactly what is on, nothing that is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tokens.steps import SUPPORTED_GRANTS

AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


def server_metadata(*, issuer: str, scopes: Iterable[str]) -> dict[str, Any]:
    """The document at `/.well-known/oauth-authorization-server`. `issuer` is configured, never read from Host."""
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "scopes_supported": list(scopes),
        "response_types_supported": [],
        "grant_types_supported": list(SUPPORTED_GRANTS),
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": [*AUTH_METHODS, "none"],
    }
