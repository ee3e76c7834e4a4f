"""What a password must be, and the links by which a person sets one.

A link is given by an administrator, works once and for a day, and only for the person it was made for. Only the SHA-256
of its token is kept; the token begins like every credential of this server, so that logs hide it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

import audit
from accounts import people, reach
from accounts.faults import Fault, Refused
from accounts.holdings import EVERYTHING, Holding
from accounts.models import PasswordLink, User
from audit.randomness import random_text

LIFETIME = timedelta(hours=24)
PREFIX = "asl_"
RANDOM_LENGTH = 43  # 256 bits


class LinkEnded(Exception):
    """The link is wrong, used, replaced or expired, or its person is no longer active."""


def faults(password: str, person: User) -> list[str]:
    """Why `password` is too weak for `person`, as sentences."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        return list(error.messages)
    return []


@transaction.atomic
def give_link(*, user: User, by: audit.Actor, giver: Holding, now: datetime) -> str:
    """The token of a new link; earlier ones end, and so do the password, every session and every token.

    Raises OutOfReach, Refused, ChangedMeanwhile.
    """
    reach.demand_user_in_reach(giver, user)
    if user.kind == User.Kind.SERVICE:
        raise Refused([Fault(key="password", message="A service account has no password (R17).")])
    people.write(user, {"password": make_password(None), "token_epoch": F("token_epoch") + 1}, revision=None)
    user.password_links.filter(used_at=None).delete()
    token = PREFIX + random_text(RANDOM_LENGTH)
    PasswordLink.objects.create(
        user=user, token_hash=_hash(token), created=now, created_by=by.name[:255], expires_at=now + LIFETIME
    )
    audit.record("user.password_link", actor=by, subject=audit.Subject("user", user.pk, user.username), at=now)
    return token


def find_link(token: str, *, now: datetime) -> PasswordLink | None:
    """The link that `token` opens now, with its person, or None."""
    live = PasswordLink.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=now)
    return live.filter(user__is_active=True, user__deleted_at=None).select_related("user").first()


def use_link(*, link: PasswordLink, password: str, by: audit.Actor, now: datetime) -> None:
    """Set the person's password, whose strength the caller has checked. Raises LinkEnded, having written nothing.

    Hashing comes before the transaction, which on SQLite holds everybody else's writes.
    """
    hashed = make_password(password)
    with transaction.atomic():
        # The gate: whoever marks the link as used is the one who may go on.
        if not PasswordLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now):
            raise LinkEnded
        user = User.objects.filter(pk=link.user_id, is_active=True, deleted_at=None).first()
        if user is None:
            raise LinkEnded
        actor = audit.Actor(name=user.username, id=user.pk, address=by.address, request_id=by.request_id)
        # A password lifts nobody: what the person holds is not this link's business.
        people.change(user=user, facts=people.facts_of(user), password_hash=hashed, by=actor, giver=EVERYTHING, now=now)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
