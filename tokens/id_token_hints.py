"""An ID token that a client hands back (`id_token_hint`): was it ours, about whom, to whom? Pure.

Considered: OpenID Connect Core §3.1.2.1, RP-Initiated Logout 1.0 §2, RFC 8725 §3.1 and §3.11. An expired one still says
whom it was about: "The OP SHOULD accept ID Tokens as hints even when the exp time has passed".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from tokens.jwt_format import looks_signed
from tokens.signing_keys.ring import Ring

# RFC 8725 §3.11: an access token is a JWT of ours too, and must not pass for an ID token.
TYPE = "JWT"


@dataclass(frozen=True, kw_only=True)
class Hint:
    """An ID token that this server has signed."""

    sub: str
    client_id: str


def read(value: str, *, ring: Ring, issuer: str) -> Hint | None:
    """What the ID token says, or None: none of ours, changed, or of another kind."""
    if not looks_signed(value):
        return None
    try:
        kid = extract_compact(value.encode()).headers().get("kid")
        key = ring.find(kid) if isinstance(kid, str) else None
        if key is None:
            return None
        # The key's own algorithm, whatever the header says: neither `none` nor a public key as an HMAC's secret.
        token = jwt.decode(value, key.verifier, algorithms=[key.algorithm])
    except (JoseError, ValueError, RecursionError):
        return None
    return _hint(token.header, token.claims, issuer=issuer)


def _hint(header: dict[str, Any], claims: dict[str, Any], *, issuer: str) -> Hint | None:
    sub, audience = claims.get("sub"), claims.get("aud")
    if header.get("typ") != TYPE or claims.get("iss") != issuer:
        return None
    if not isinstance(sub, str) or not isinstance(audience, str):
        return None
    return Hint(sub=sub, client_id=audience)
