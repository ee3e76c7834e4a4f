"""The life of a secret as a line. Pure.

Solid is spent, the tick is now, the dot its last use, dashes mean no expiry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from clients.models import ClientSecret
from clients.secrets.credentials import EXPIRING_SOON

Tone = Literal["ok", "warn", "danger", "quiet"]
NO_EXPIRY_NOW = 82.0  # per cent: where now stands on a line that has no end
UNUSED_FOR = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Lifeline:
    """Where the marks of one secret stand, in per cent of the line, as SVG takes them. `used` None: never."""

    secret: ClientSecret
    spent: str
    used: str | None
    tone: Tone
    left: timedelta | None

    @property
    def open_ended(self) -> bool:
        return self.secret.expires_at is None

    @property
    def left_in_words(self) -> str:
        """What remains of it."""
        if self.left is None:
            return "no expiry"
        if self.left <= timedelta(0):
            return "expired"
        return (
            f"{self.left.days} day{'' if self.left.days == 1 else 's'} left"
            if self.left.days
            else "less than a day left"
        )


def lifeline(secret: ClientSecret, *, now: datetime) -> Lifeline:
    """The line of one secret at `now`."""
    left = None if secret.expires_at is None else secret.expires_at - now
    spent = NO_EXPIRY_NOW if secret.expires_at is None else _share(secret.created, now, secret.expires_at)
    used = None
    if secret.last_used_at is not None:
        used = f"{spent * _share(secret.created, secret.last_used_at, now) / 100:.1f}%"
    return Lifeline(secret=secret, spent=f"{spent:.1f}%", used=used, tone=_tone(secret, left, now), left=left)


def lifelines(secrets: Iterable[ClientSecret], *, now: datetime) -> list[Lifeline]:
    """The lines of the secrets that are not revoked, the newest first."""
    unrevoked = [secret for secret in secrets if secret.revoked_at is None]
    return [lifeline(secret, now=now) for secret in sorted(unrevoked, key=lambda row: row.created, reverse=True)]


def _share(begin: datetime, moment: datetime, end: datetime) -> float:
    whole = (end - begin).total_seconds()
    return 100.0 if whole <= 0 else min(max((moment - begin).total_seconds() / whole, 0), 1) * 100


def _tone(secret: ClientSecret, left: timedelta | None, now: datetime) -> Tone:
    if left is not None and left <= timedelta(0):
        return "danger"
    if left is not None and left <= EXPIRING_SOON:
        return "warn"
    return "quiet" if secret.last_used_at is None and now - secret.created > UNUSED_FOR else "ok"
