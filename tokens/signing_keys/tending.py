"""What the maintenance loop does for the signing keys: make, rotate, seal anew, withdraw, each when it is due."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

import audit
from tokens.models import SigningKey
from tokens.signing_keys import rotation
from tokens.signing_keys.sealed import Unreadable, seal, sealed_by_first_secret, unseal

ROTATE_AFTER = timedelta(days=90)
# A next key is not used by schedule before it has been published for so long; by hand it is, at once.
PUBLISHED_BEFORE = timedelta(days=1)
EVERY = 600.0  # seconds

log = structlog.get_logger("tokens.signing_keys")


def tend(now: datetime) -> None:
    """Everything that is due. Each part holds by itself, so that a run that is cut off is finished by the next one."""
    rotation.ensure(now=now)
    _note_lives(now)
    _seal_anew()
    if rotates_at(list(SigningKey.objects.all())) <= now:
        try:
            rotation.rotate(by=audit.SYSTEM, now=now)
        except rotation.ChangedMeanwhile:
            log.info("signing_keys.rotated_by_somebody_else")
    for kid in SigningKey.objects.filter(state="retired", needed_until__lt=now).values_list("kid", flat=True):
        rotation.withdraw(kid, by=audit.SYSTEM, now=now)


def rotates_at(keys: list[SigningKey]) -> datetime:
    """When the schedule rotates next: when the current keys have signed long enough and the next are well known."""
    due = [key.activated_at + ROTATE_AFTER for key in keys if key.state == "current" and key.activated_at]
    known = [key.created + PUBLISHED_BEFORE for key in keys if key.state == "next"]
    return max([min(due), *known])


def _note_lives(now: datetime) -> None:
    """A life that is shortened later does not shorten that of the tokens which had it: the latest end counts."""
    until = rotation.end_of_the_longest_life(now)
    SigningKey.objects.filter(state="current").exclude(needed_until__gte=until).update(needed_until=until)


def _seal_anew() -> None:
    """What an older secret had sealed is sealed by the first one, so that the older one can be taken away."""
    for key in SigningKey.objects.all():
        before = bytes(key.private_sealed)
        if sealed_by_first_secret(before, kid=key.kid):
            continue
        try:
            sealed = seal(unseal(before, kid=key.kid), kid=key.kid)
        except Unreadable:
            log.error("signing_keys.unreadable", kid=key.kid, state=key.state)
            continue
        SigningKey.objects.filter(pk=key.pk, private_sealed=before).update(private_sealed=sealed)
