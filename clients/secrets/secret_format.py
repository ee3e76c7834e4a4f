"""What a generated client secret looks like (R12), and telling a forged one in microseconds.

    asc_<key id>_<random><tag><checksum>

The key id is public and names the one hash to try. The random part holds 238 bits. The tag is an HMAC with a key of
this server: a secret that this server never made fails here, before any client is looked at and before Argon2. The
checksum is unkeyed, so that secret scanners can recognise a leaked secret without asking anybody.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib

from accounts.key_derivation import derived_keys
from audit.randomness import digits, random_text

PREFIX = "asc_"
KEY_ID_LENGTH = 6
RANDOM_LENGTH = 40
TAG_LENGTH = 8
CHECKSUM_LENGTH = 6
LENGTH = len(PREFIX) + KEY_ID_LENGTH + 1 + RANDOM_LENGTH + TAG_LENGTH + CHECKSUM_LENGTH


def generate() -> tuple[str, str]:
    """A new `(secret, key id)`."""
    key_id = random_text(KEY_ID_LENGTH)
    body = f"{PREFIX}{key_id}_{random_text(RANDOM_LENGTH)}"
    tagged = body + _tag(body, derived_keys("client secret tag")[0])
    return tagged + checksum(tagged), key_id


def genuine_key_id(secret: str) -> str | None:
    """The key id inside a secret that this server made; None for anything else."""
    if len(secret) != LENGTH or not secret.startswith(PREFIX) or not secret.isascii():
        return None
    tagged, given_checksum = secret[:-CHECKSUM_LENGTH], secret[-CHECKSUM_LENGTH:]
    body, given_tag = tagged[:-TAG_LENGTH], tagged[-TAG_LENGTH:]
    if given_checksum != checksum(tagged):
        return None
    keys = derived_keys("client secret tag")
    if not any(hmac.compare_digest(given_tag, _tag(body, key)) for key in keys):
        return None
    return secret[len(PREFIX) : len(PREFIX) + KEY_ID_LENGTH]


def checksum(text: str) -> str:
    """CRC-32 of `text` in six base-62 digits: for scanners, not for security."""
    return digits(zlib.crc32(text.encode()), length=CHECKSUM_LENGTH)


def _tag(body: str, key: bytes) -> str:
    mac = hmac.digest(key, body.encode(), hashlib.sha256)
    return digits(int.from_bytes(mac), length=TAG_LENGTH)
