"""The first start: one link that makes the first administrator, once, and only while there is no person.

Only the token's SHA-256 is kept. The token begins like every credential of this server, so that logs hide it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.urls import reverse

import audit
from accounts.models import Group, SetUpLink, User
from audit.randomness import random_text

LIFETIME = timedelta(hours=24)
PREFIX = "asu_"
RANDOM_LENGTH = 43  # 256 bits
ROLE = "Administrator"


class LinkEnded(Exception):
    """The link is wrong, used or expired, or the server has people already."""


def first_start_link(now: datetime) -> str | None:
    """A new link's URL, replacing earlier ones; None once there is a person."""
    if people_exist():
        return None
    token = PREFIX + random_text(RANDOM_LENGTH)
    with transaction.atomic():
        SetUpLink.objects.filter(used_at=None).delete()
        SetUpLink.objects.create(token_hash=_hash(token), created=now, expires_at=now + LIFETIME)
    return settings.AUTHSERVER.issuer + reverse("set_up", args=[token])


def find_link(token: str, *, now: datetime) -> SetUpLink | None:
    """The link that `token` opens now, or None: it is wrong, used or expired, or no longer needed."""
    link = SetUpLink.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=now).first()
    return None if link is None or people_exist() else link


def complete(*, token: str, username: str, email: str, password: str, now: datetime, by: audit.Actor) -> User:
    """Make the first administrator. Raises LinkEnded; nothing is written then.

    The caller has checked name, address and password. Hashing comes before the transaction, which on SQLite holds
    everybody else's writes.
    """
    hashed = make_password(password)
    with transaction.atomic():
        # The gate: whoever marks the link as used is the one who may go on.
        live = SetUpLink.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=now)
        if not live.update(used_at=now) or people_exist():
            raise LinkEnded
        user = User.objects.create(username=username, email=email, password=hashed, is_superuser=True, created=now)
        user.groups.set(Group.objects.filter(name=ROLE))
        actor = audit.Actor(name=username, id=user.pk, address=by.address, request_id=by.request_id)
        audit.record("server.set_up", actor=actor, subject=audit.Subject("user", user.pk, username), at=now)
    return user


def people_exist() -> bool:
    """Whether anybody ever was a user of this server; service accounts are nobody."""
    return User.objects.filter(kind=User.Kind.PERSON).exists()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
