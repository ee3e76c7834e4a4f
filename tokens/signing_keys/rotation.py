"""Which key signs: next → current → retired, for every algorithm, by schedule and by hand.

A key is published as `next` for as long as its predecessor signs, so that every verifier has long seen it when its
first token arrives. A retired key stays published until the last token that it may have signed has ended, then goes.
Several workers on several machines may come here at once: what they write is conditional, and one of them wins.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import product

from django.db import transaction
from django.db.models import Max

import audit
from accounts import server_settings
from clients.models import Client
from tokens.lifetimes import LAST_MOMENT
from tokens.models import SigningKey
from tokens.signing_keys import pairs
from tokens.signing_keys.pairs import ALGORITHMS, Algorithm, Key, State

ROTATE_AFTER = timedelta(days=90)
MARGIN = timedelta(hours=1)  # clocks differ, and an ID token lives this long
SIGNING: tuple[State, ...] = ("current", "next")


class ChangedMeanwhile(Exception):
    """Another process rotated first; nothing was written."""


def missing(keys: Collection[Key]) -> list[tuple[Algorithm, State]]:
    """Which keys a server must have and does not."""
    held = {(key.algorithm, key.state) for key in keys}
    return [slot for slot in product(ALGORITHMS, SIGNING) if slot not in held]


def ensure(*, now: datetime) -> bool:
    """Make what is missing; whether this call made any of it. Where two come at once, the database keeps one."""
    rows = list(SigningKey.objects.exclude(state="retired").values_list("algorithm", "state"))
    made = [
        pairs.make(algorithm, state=state, now=now)
        for algorithm, state in product(ALGORITHMS, SIGNING)
        if (algorithm, state) not in rows
    ]
    SigningKey.objects.bulk_create([_row(key) for key in made], ignore_conflicts=True)
    return SigningKey.objects.filter(kid__in=[key.kid for key in made]).exists()


def rotate(*, by: audit.Actor, now: datetime) -> None:
    """The next keys become current at once, and new ones take their place. Raises ChangedMeanwhile."""
    ensure(now=now)
    made = [pairs.make(algorithm, state="next", now=now) for algorithm in ALGORITHMS]
    seen = {row.kid: row for row in SigningKey.objects.exclude(state="retired").order_by("pk")}
    until = _longest_life(now)
    with transaction.atomic():
        for row in seen.values():
            if row.state == "current":
                _move(row, "retired", retired_at=now, needed_until=_later(row.needed_until, until))
        for row in seen.values():
            if row.state == "next":
                _move(row, "current", activated_at=now, needed_until=until)
        SigningKey.objects.bulk_create([_row(key) for key in made])
        server_settings.bump_policy_version()
        audit.record("signing_keys.rotated", actor=by, subject=SUBJECT, at=now, changes=_told(seen.values(), made))


SUBJECT = audit.Subject("signing_keys", None, "signing keys")


def _move(row: SigningKey, state: State, **columns: datetime | None) -> None:
    """The conditional UPDATE that lets one of several rotations through."""
    if SigningKey.objects.filter(pk=row.pk, state=row.state).update(state=state, **columns) != 1:
        raise ChangedMeanwhile


def _told(before: Collection[SigningKey], made: Collection[Key]) -> dict[str, list[str]]:
    """By algorithm: the key that signed until now, and the one that signs from now on."""
    kids = {(row.algorithm, row.state): row.kid for row in before}
    return {algorithm: [kids[algorithm, "current"], kids[algorithm, "next"]] for algorithm in ALGORITHMS}


def _longest_life(now: datetime) -> datetime:
    """When the last token signed until `now` ends: the longest life that any client's JWTs have."""
    longest = Client.objects.filter(token_format="jwt").aggregate(seconds=Max("access_token_lifetime"))["seconds"] or 0
    life = timedelta(seconds=max(longest, server_settings.current().access_token_lifetime)) + MARGIN
    return now + life if LAST_MOMENT - now > life else LAST_MOMENT


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def _row(key: Key) -> SigningKey:
    return SigningKey(
        kid=key.kid,
        algorithm=key.algorithm,
        state=key.state,
        public_jwk=dict(key.public),
        private_sealed=key.private_sealed,
        created=key.created,
        activated_at=key.activated_at,
    )
