"""ID tokens (OpenID Connect Core §2, §3.1.3.6): who signed in, when and how, said to one client. Pure."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt

from audit.randomness import random_text
from tokens.signing_keys.pairs import Key

# What this room says itself, and no claim about a person may replace.
OWN_CLAIMS = frozenset(
    {"iss", "sub", "aud", "azp", "exp", "nbf", "iat", "jti", "auth_time", "nonce", "acr", "amr", "at_hash", "c_hash"}
)
LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """What an ID token tells. `auth_time`: when the user proved who they are; `acr`, `amr`: how (empty: not said).

    `access_token` and `code` are the values issued beside it, to be bound to it; `claims` are those about the user
    (§5.1) that belong into this token.
    """

    issuer: str
    client_id: str
    sub: str
    nonce: str = ""
    auth_time: datetime | None = None
    acr: str = ""
    amr: tuple[str, ...] = ()
    access_token: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    claims: Mapping[str, Any] = field(default_factory=dict)


def mint(sign_in: SignIn, *, key: Key, now: datetime, lifetime: timedelta = LIFETIME) -> str:
    """The signed token. `key`: the current one of the client's algorithm (`ring.current`)."""
    claims = {
        **{name: value for name, value in sign_in.claims.items() if name not in OWN_CLAIMS},
        "iss": sign_in.issuer,
        "sub": sign_in.sub,
        "aud": sign_in.client_id,
        "exp": int((now + lifetime).timestamp()),
        "iat": int(now.timestamp()),
        "jti": random_text(22),
        **_said(sign_in),
    }
    header = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, claims, key.private, algorithms=[key.algorithm])


def _said(sign_in: SignIn) -> dict[str, Any]:
    """Optional claims; §3.1.3.6 for the hashes. What is not known is left out (§5.3.2: never null or empty)."""
    optional: dict[str, Any] = {
        "nonce": sign_in.nonce,
        "auth_time": int(sign_in.auth_time.timestamp()) if sign_in.auth_time else None,
        "acr": sign_in.acr,
        "amr": list(sign_in.amr),
        "at_hash": half_hash(sign_in.access_token) if sign_in.access_token else "",
        "c_hash": half_hash(sign_in.code) if sign_in.code else "",
    }
    return {name: value for name, value in optional.items() if value}


def half_hash(value: str) -> str:
    """§3.1.3.6: "the left-most half of the hash", by the signature's hash, which is SHA-256 for ES256 and RS256."""
    return urlsafe_b64encode(hashlib.sha256(value.encode("ascii")).digest()[:16]).rstrip(b"=").decode()
