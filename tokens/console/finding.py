"""Finding one row: by its public id, or by its value, of which only the hash is looked up and nothing is kept."""

from __future__ import annotations

import re
from datetime import datetime

from accounts.models import User
from audit.storable import storable_text
from clients.models import Client
from tokens import formats
from tokens.console import families, reach
from tokens.console.kinds import BY_PREFIX, FAMILY, KINDS, Token, parted

LONGEST_VALUE = 16_384
_WRAPPED = re.compile(r"(?:authorization:\s*)?(?:bearer\s+)?(\S+)", re.IGNORECASE)


def by_number(prefix: str, number: int, *, now: datetime) -> Token | None:
    kind = BY_PREFIX[prefix]
    row = kind.rows().filter(pk=number).first()
    return None if row is None else kind.token(row, now=now)


def by_text(text: str, viewer: User, *, now: datetime) -> str:
    """The public id of what was pasted: a value, a whole `Authorization` header or a public id. Empty: unknown.

    Whatever `viewer` may not see is unknown.
    """
    found = _WRAPPED.fullmatch(text.strip()) if len(text) <= LONGEST_VALUE else None
    if found is None:
        return ""
    value = found[1]
    named = parted(value.lower())
    if named is not None and named[0] == FAMILY:
        family = families.by_number(named[1])
        return value.lower() if family is not None and reach.may_see(viewer, family.application) else ""
    token = by_number(*named, now=now) if named is not None else _valued(value, now=now)
    return token.public_id if token is not None and reach.may_see(viewer, token.client) else ""


def _valued(value: str, *, now: datetime) -> Token | None:
    """Anything that cannot be ours is not looked up at all."""
    if not formats.looks_issued(value):
        return None
    digest = formats.stored_hash(value)
    for kind in KINDS:
        row = kind.rows().filter(**{kind.hashed: digest}).first()
        if row is not None:
            return kind.token(row, now=now)
    return None


def client_named(words: str, viewer: User) -> Client | None:
    """By client id, or by number after a `#`; None for what the viewer does not see."""
    if not words:
        return None
    number = words.removeprefix("#")
    numbered = words.startswith("#") and number.isascii() and number.isdigit() and len(number) < 19
    rows = Client.objects.filter(pk=int(number)) if numbered else Client.objects.filter(client_id=storable_text(words))
    found: Client | None = rows.select_related("owner").first()
    return found if found is not None and reach.may_see(viewer, found) else None


def user_named(words: str) -> User | None:
    """By user name, whether active or not: tokens outlive that."""
    return User.objects.filter(username=storable_text(words)).first() if words else None
