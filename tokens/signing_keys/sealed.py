"""The private part of a signing key at rest: AES-256-GCM under a key derived from AUTHSERVER_SECRET_KEY.

The first secret seals, all of them open, so that a secret can be replaced without a break: the maintenance loop seals
anew what an older secret had sealed (`signing_keys.rotation`).
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.key_derivation import derived_keys

LABEL = "signing keys"
_FORMAT = b"\x01"
_NONCE_LENGTH = 12


class Unreadable(Exception):
    """No secret of this process opens the key: AUTHSERVER_SECRET_KEY is not the one that it was sealed with."""

    def __init__(self, kid: str) -> None:
        super().__init__(f"No secret in AUTHSERVER_SECRET_KEY opens the signing key {kid}.")
        self.kid = kid


def seal(private: bytes, *, kid: str) -> bytes:
    """Bound to its `kid`, so that a sealed part cannot be moved to another row."""
    nonce = os.urandom(_NONCE_LENGTH)
    return _FORMAT + nonce + AESGCM(derived_keys(LABEL)[0]).encrypt(nonce, private, kid.encode())


def unseal(sealed: bytes, *, kid: str) -> bytes:
    """Raises Unreadable."""
    for key in derived_keys(LABEL):
        if (private := _opened(sealed, kid=kid, key=key)) is not None:
            return private
    raise Unreadable(kid)


def sealed_by_first_secret(sealed: bytes, *, kid: str) -> bool:
    """Whether the other secrets are no longer needed for it."""
    return _opened(sealed, kid=kid, key=derived_keys(LABEL)[0]) is not None


def _opened(sealed: bytes, *, kid: str, key: bytes) -> bytes | None:
    start = len(_FORMAT) + _NONCE_LENGTH
    if not sealed.startswith(_FORMAT) or len(sealed) <= start:
        return None
    try:
        return AESGCM(key).decrypt(sealed[len(_FORMAT) : start], sealed[start:], kid.encode())
    except InvalidTag:
        return None
