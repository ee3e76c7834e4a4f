"""How a delivery proves where it comes from, in the manner of Standard Webhooks: HMAC-SHA-256 over id, time and body.

A secret is `whsec_` and 32 random bytes in base64. Receivers compare in constant time and refuse what is older than
five minutes, lest somebody sends a delivery again. Pure, but for randomness and the key that seals.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, MultiFernet

from accounts.key_derivation import derived_keys

PREFIX = "whsec_"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, *, identifier: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = f"{identifier}.{timestamp}.".encode() + body
    digest = hmac.new(base64.b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def seal(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises InvalidToken where AUTHSERVER_SECRET_KEY has changed since."""
    return _box().decrypt(sealed.encode()).decode()


def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived_keys("audit delivery")])
