"""What this server says of itself (RFC 8414): exactly what is on, nothing that is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tokens import pkce
from tokens.redirects import RESPONSE_MODES
from tokens.steps import SUPPORTED_GRANTS

RESPONSE_TYPES = ("code",)
AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


def server_metadata(*, issuer: str, scopes: Iterable[str]) -> dict[str, Any]:
    """The document at `/.well-known/oauth-authorization-server`. `issuer` is configured, never read from Host."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "device_authorization_endpoint": f"{issuer}/device_authorization",
        "jwks_uri": f"{issuer}/jwks",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "scopes_supported": list(scopes),
        "response_types_supported": list(RESPONSE_TYPES),
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": list(SUPPORTED_GRANTS),
        "code_challenge_methods_supported": [pkce.METHOD],
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": [*AUTH_METHODS, "none"],
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": [*AUTH_METHODS, "none"],
    }
