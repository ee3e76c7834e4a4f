"""What an opaque token looks like, and what is stored of any token.

    asa_<expiry day><random><checksum>      an access token
    asr_…                                   a refresh token
    asg_…                                   an authorization code
    asd_…                                   a device code
    asp_…                                   a personal access token
    asi_…                                   an initial access token (RFC 7591)
    asm_…                                   a registration access token (RFC 7592)

Three characters say the day on which it expires (`000`: never), so that a table partitioned by expiry is looked up
in one partition. 43 characters hold 256 random bits. The checksum lets a secret scanner recognise a leaked token.
Only the SHA-256 of the whole value is stored.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime

from audit.randomness import BASE62, digits, random_text
from clients.secrets.secret_format import CHECKSUM_LENGTH, checksum
from tokens import jwt_format

ACCESS_TOKEN = "asa_"
REFRESH_TOKEN = "asr_"
AUTHORIZATION_CODE = "asg_"
DEVICE_CODE = "asd_"
PERSONAL_TOKEN = "asp_"
REGISTRATION = "asi_"
REGISTRATION_ACCESS = "asm_"
NEVER = "000"
RANDOM_LENGTH = 43
_FIRST_DAY = date(2020, 1, 1)
_DAY_LENGTH = 3
_SHAPE = re.compile(rf"as[a-z]_[0-9A-Za-z]{{{_DAY_LENGTH + RANDOM_LENGTH + CHECKSUM_LENGTH}}}")


def new_opaque_token(expires: datetime | None, *, prefix: str = ACCESS_TOKEN) -> str:
    body = prefix + expiry_day(expires) + random_text(RANDOM_LENGTH)
    return body + checksum(body)


def expiry_day(expires: datetime | None) -> str:
    """The UTC day in three base-62 digits, 652 years from 2020 on; the last one stands for all that follow."""
    if expires is None:
        return NEVER
    number = (expires.astimezone(UTC).date() - _FIRST_DAY).days
    return digits(min(max(number, 1), len(BASE62) ** _DAY_LENGTH - 1), length=_DAY_LENGTH)


def looks_issued(token: str) -> bool:
    """Whether a value can be one of ours: anything else need not be looked up."""
    if jwt_format.looks_signed(token):
        return True
    return bool(_SHAPE.fullmatch(token)) and token[-CHECKSUM_LENGTH:] == checksum(token[:-CHECKSUM_LENGTH])


def stored_hash(token: str) -> bytes:
    """What the database keeps in place of the token."""
    return hashlib.sha256(token.encode()).digest()


def token_id(token: str) -> str:
    """The public identifier (`jti`) of one of our tokens; nothing about its value follows from it."""
    return jwt_format.identifier(token) if jwt_format.looks_signed(token) else opaque_id(stored_hash(token))


def opaque_id(token_hash: bytes) -> str:
    """The identifier of an opaque token, of which only the hash is known."""
    return hashlib.sha256(b"jti" + token_hash).hexdigest()[:32]
