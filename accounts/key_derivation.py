"""Derives every key of the server from AUTHSERVER_SECRET_KEY, one for each use (HKDF, RFC 5869).

The first secret makes, all of them verify and decrypt, so that a secret can be replaced without a break.
"""

from functools import cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def derive(secret: str, *, label: str, length: int = 32) -> bytes:
    """`length` bytes that only holders of `secret` can compute, different for each `label`."""
    return HKDF(SHA256(), length=length, salt=None, info=f"authserver {label}".encode()).derive(secret.encode())


@cache
def derived_keys(label: str) -> tuple[bytes, ...]:
    """The keys for one use, the making one first."""
    return tuple(derive(secret, label=label) for secret in settings.AUTHSERVER.secret_keys)
