"""Which key signs: next → current → retired, for every algorithm, by schedule and by hand.

A key is published as `next` for as long as its predecessor signs, so that every verifier has long seen it when its
first token arrives. A retired key stays published until the last token that it may have signed has ended.
Several workers on several machines may come here at once: what they write is conditional, and one of them wins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import product

from django.db import transaction
from django.db.models import Max

import audit
from accounts import server_settings
from clients.models import Client
from tokens import id_tokens
from tokens.lifetimes import LAST_MOMENT
from tokens.models import SigningKey
from tokens.signing_keys import pairs
from tokens.signing_keys.pairs import ALGORITHMS, Algorithm, Key, State
from tokens.signing_keys.sealed import Unreadable, unseal

SIGNING: tuple[State, ...] = ("current", "next")
MARGIN = timedelta(hours=1)  # clocks differ
SUBJECT = audit.Subject("signing_keys", None, "signing keys")


class ChangedMeanwhile(Exception):
    """Somebody else rotated or withdrew first; nothing was written."""


def missing(held: Iterable[tuple[str, str]]) -> list[tuple[Algorithm, State]]:
    """Which keys a server must have and does not, by algorithm and state."""
    there = set(held)
    return [slot for slot in product(ALGORITHMS, SIGNING) if slot not in there]


def ensure(*, now: datetime) -> None:
    """Make what is missing. Where two come at once, the database keeps one of each and ignores the other."""
    held = list(SigningKey.objects.values_list("algorithm", "state"))
    made = [pairs.make(algorithm, state=state, now=now) for algorithm, state in missing(held)]
    if not made:
        return
    SigningKey.objects.bulk_create([_row(key) for key in made], ignore_conflicts=True)
    if held:  # workers remember the others
        server_settings.bump_policy_version()


def rotate(*, by: audit.Actor, now: datetime, seen: Collection[str] = ()) -> None:
    """The next keys become current at once, and new ones take their place. Raises ChangedMeanwhile.

    `seen`: the kids of the current keys that the caller decided about, where it has seen any. A next key that nobody
    can open is replaced on the spot, so that rotating also mends a server whose AUTHSERVER_SECRET_KEY is lost.
    """
    ensure(now=now)
    rows = list(SigningKey.objects.filter(state__in=SIGNING).order_by("pk"))
    if seen and set(seen) != {row.kid for row in rows if row.state == "current"}:
        raise ChangedMeanwhile
    heirs = [row for row in rows if row.state == "next" and opens(row)]
    made = [pairs.make(algorithm, state="next", now=now) for algorithm in ALGORITHMS]
    inherited = {row.algorithm for row in heirs}
    made += [pairs.make(algorithm, state="current", now=now) for algorithm in ALGORITHMS if algorithm not in inherited]
    until = end_of_the_longest_life(now)
    with transaction.atomic():
        for row in sorted(rows, key=lambda row: SIGNING.index(row.state)):
            if row.state == "current":
                _move(row, "retired", retired_at=now, needed_until=max(row.needed_until or until, until))
            elif row in heirs:
                _move(row, "current", activated_at=now, needed_until=until)
            else:
                SigningKey.objects.filter(pk=row.pk).delete()
        SigningKey.objects.bulk_create([_row(key) for key in made])
        server_settings.bump_policy_version()
        audit.record("signing_keys.rotated", actor=by, subject=SUBJECT, at=now, changes=_told(rows))


def withdraw(kid: str, *, by: audit.Actor, now: datetime) -> None:
    """Publish a retired key no longer: what it has signed can no longer be verified. Raises ChangedMeanwhile."""
    with transaction.atomic():
        gone, _ = SigningKey.objects.filter(kid=kid, state="retired").delete()
        if not gone:
            raise ChangedMeanwhile
        server_settings.bump_policy_version()
        audit.record("signing_keys.withdrawn", actor=by, subject=SUBJECT, at=now, detail={"kid": kid})


def unreadable() -> list[str]:
    """The kids of the keys that should sign and cannot: no secret of this process opens them."""
    return [row.kid for row in SigningKey.objects.filter(state__in=SIGNING).order_by("pk") if not opens(row)]


def opens(row: SigningKey) -> bool:
    """Whether a secret of this process opens it."""
    try:
        unseal(bytes(row.private_sealed), kid=row.kid)
    except Unreadable:
        return False
    return True


def end_of_the_longest_life(now: datetime) -> datetime:
    """When the last token signed until `now` ends, by the longest life that any client's JWTs have."""
    longest = Client.objects.filter(token_format="jwt").aggregate(seconds=Max("access_token_lifetime"))["seconds"] or 0
    seconds = max(longest, server_settings.current().access_token_lifetime)
    life = max(timedelta(seconds=seconds), id_tokens.LIFETIME) + MARGIN
    return now + life if LAST_MOMENT - now > life else LAST_MOMENT


def _move(row: SigningKey, state: State, **columns: datetime | None) -> None:
    """The conditional UPDATE that lets one of several rotations through."""
    if SigningKey.objects.filter(pk=row.pk, state=row.state).update(state=state, **columns) != 1:
        raise ChangedMeanwhile


def _told(before: Collection[SigningKey]) -> dict[str, list[str]]:
    """By algorithm: the key that signed until now, and the one that signs from now on."""
    was = {row.algorithm: row.kid for row in before if row.state == "current"}
    now_current = dict(SigningKey.objects.filter(state="current").values_list("algorithm", "kid"))
    return {algorithm: [was[algorithm], now_current[algorithm]] for algorithm in ALGORITHMS}


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
