"""Access tokens as JWTs (RFC 9068), which a resource server may verify by itself. Pure.

A JWT is stored like an opaque token, by the SHA-256 of the whole value, so that it is introspected and revoked like
one. Its end stands inside (`exp`), where an opaque value has its day of expiry.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwt

from audit.randomness import random_text
from tokens.signing_keys.pairs import Key

TYPE = "at+jwt"  # RFC 9068 §2.1
LONGEST = 16_384  # characters; what this server issues is far shorter
_SHAPE = re.compile(r"eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class Granted:
    """What one access token says. `sub` of client credentials is the client id; `auth_time`, `acr`: of its user."""

    issuer: str
    client_id: str
    sub: str
    audiences: tuple[str, ...]
    scope: str
    auth_time: datetime | None = None
    acr: str = ""


def mint(granted: Granted, *, key: Key, now: datetime, expires: datetime) -> str:
    """The signed token (§2.2). `key`: the current one of the client's algorithm."""
    audiences = granted.audiences or (granted.issuer,)  # §3: a default resource indicator where none was asked for
    claims: dict[str, Any] = {
        "iss": granted.issuer,
        "exp": int(expires.timestamp()),
        "aud": audiences[0] if len(audiences) == 1 else list(audiences),
        "sub": granted.sub,
        "client_id": granted.client_id,
        "iat": int(now.timestamp()),
        "jti": random_text(22),
        "scope": granted.scope,
    }
    if granted.auth_time is not None:  # §2.2.1
        claims["auth_time"] = int(granted.auth_time.timestamp())
        if granted.acr:
            claims["acr"] = granted.acr
    header = {"typ": TYPE, "alg": key.algorithm, "kid": key.kid}
    return jwt.encode(header, claims, key.private, algorithms=[key.algorithm])


def looks_signed(token: str) -> bool:
    """Whether a value has the form of a JWT: anything else need not be looked up as one."""
    return len(token) <= LONGEST and bool(_SHAPE.fullmatch(token))


def identifier(token: str) -> str:
    """The `jti` of a token that was found by its hash, and so is one of ours; empty where it has none."""
    payload = token.split(".")[1]
    try:
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return ""
    return str(claims.get("jti", "")) if isinstance(claims, dict) else ""
