"""What this server says of itself (RFC 8414, OpenID Connect Discovery): exactly what is on, nothing that is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clients.rules import grant_types
from clients.rules.public_keys import ALGORITHMS as ASSERTION_ALGORITHMS
from tokens import claims, pkce
from tokens.redirects import RESPONSE_MODES
from tokens.response_types import LEGACY, MODERN
from tokens.signing_keys.pairs import ALGORITHMS
from tokens.steps import LEGACY_GRANTS, SUPPORTED_GRANTS

AUTH_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]


def openid_configuration(
    *, issuer: str, scopes: Iterable[str], legacy: bool = False, registers: bool = False
) -> dict[str, Any]:
    """The document at `/.well-known/openid-configuration` (Discovery §3; RP-Initiated Logout §2.1)."""
    return {
        **server_metadata(issuer=issuer, scopes=scopes, legacy=legacy, registers=registers),
        "userinfo_endpoint": f"{issuer}/userinfo",
        "end_session_endpoint": f"{issuer}/end_session",
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(reversed(ALGORITHMS)),
        "claim_types_supported": ["normal"],
        "claims_supported": ["sub", *claims.SCOPE_OF],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,  # left out it would mean true
    }


def server_metadata(
    *, issuer: str, scopes: Iterable[str], legacy: bool = False, registers: bool = False
) -> dict[str, Any]:
    """The document at `/.well-known/oauth-authorization-server`. `issuer` is configured, never read from Host.

    `legacy`: whether an administrator has turned legacy grants on (R20); `registers`: dynamic registration (RFC 7591).
    """
    grants, responses = list(SUPPORTED_GRANTS), list(MODERN)
    if legacy:
        grants += [*LEGACY_GRANTS, grant_types.IMPLICIT]
        responses += LEGACY
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "device_authorization_endpoint": f"{issuer}/device_authorization",
        "jwks_uri": f"{issuer}/jwks",
        **({"registration_endpoint": f"{issuer}/register"} if registers else {}),
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "scopes_supported": list(scopes),
        "response_types_supported": responses,
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": grants,
        "code_challenge_methods_supported": [pkce.METHOD],
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": [*AUTH_METHODS, "none"],
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
        "introspection_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": [*AUTH_METHODS, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
    }
