"""Whether a secret can be retired without breaking anything, told from how the client's secrets are used. Pure.

Use is all there is to go by: a client that asks once in three months looks idle in between, so the light advises, and
the page that retires says when and from where a secret was last used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from clients.models import ClientSecret
from clients.secrets.credentials import EXPIRING_SOON
from clients.wording import counted

SETTLED = timedelta(days=1)  # a newer secret in use for so long, and this one silent: the client has moved over
QUIET_AFTER = timedelta(days=30)
UNMOVED = "The client has not moved over yet"

Standing = Literal["in use", "quiet", "safe to retire", "never used", "expired"]
Tone = Literal["ok", "warn", "danger", "quiet"]


@dataclass(frozen=True, kw_only=True)
class Light:
    """How a secret stands, and one sentence that says why. `safe`: retiring it breaks nothing that is known."""

    standing: Standing
    why: str
    tone: Tone
    safe: bool = False


def light(secret: ClientSecret, *, others: Iterable[ClientSecret], now: datetime) -> Light:
    """The light of `secret`; `others` are the client's other secrets that are not retired."""
    if secret.expires_at is not None and secret.expires_at <= now:
        return Light(standing="expired", why="It no longer works", tone="danger", safe=True)
    live = [other for other in others if other.expires_at is None or other.expires_at > now]
    if secret.last_used_at is None:
        return _unused(secret, live, now=now)
    replaced = _replaced(secret, secret.last_used_at, live, now=now)
    if replaced is not None:
        return replaced
    idle = now - secret.last_used_at
    if idle < QUIET_AFTER:
        why = _beside(secret, live, now=now)
        return Light(standing="in use", why=why, tone="warn" if why == UNMOVED else "ok")
    return Light(standing="quiet", why=f"Unused for {_days(idle)}, and no other is in use", tone="quiet")


def _unused(secret: ClientSecret, live: list[ClientSecret], *, now: datetime) -> Light:
    """A new one waits for its client; an old one that nobody ever needed can go, if another one stays."""
    age = now - secret.created
    if age < QUIET_AFTER:
        return Light(standing="never used", why="Waits for the client to move over" if live else "Waits for the client",
                     tone="quiet")  # fmt: skip
    return Light(standing="never used", why=f"Set {_days(age)} ago", tone="warn", safe=bool(live))


def _replaced(secret: ClientSecret, last_used: datetime, live: list[ClientSecret], *, now: datetime) -> Light | None:
    """Safe, or about to be, since the client uses another one in its place. None: it does not."""
    for other in sorted(live, key=lambda row: row.created, reverse=True):
        first = other.first_used_at
        if first is None or other.created < secret.created or first < last_used:
            continue
        if now - first >= SETTLED:
            return _safe(f"Unused since {other.key_id} took over")
        why = f"Silent since {other.key_id} took over, for less than a day"
        return Light(standing="quiet", why=why, tone="quiet")
    idle = now - last_used
    busy = next((row for row in live if row.last_used_at and now - row.last_used_at < QUIET_AFTER), None)
    if idle >= QUIET_AFTER and busy is not None:
        return _safe(f"Unused for {_days(idle)}, while {busy.key_id} is in use")
    return None


def _safe(why: str) -> Light:
    return Light(standing="safe to retire", why=why, tone="ok", safe=True)


def _beside(secret: ClientSecret, live: list[ClientSecret], *, now: datetime) -> str:
    """Whether a newer one is used at the same time, or waits while this one comes to its end."""
    newer = [row for row in live if row.created > secret.created]
    used = next((row for row in newer if row.first_used_at is not None), None)
    if used is not None:
        return f"Still used, beside {used.key_id}"
    end = secret.expires_at
    if end is None or end - now > EXPIRING_SOON:
        return "The client relies on it"
    outlived = any(row.expires_at is None or row.expires_at > end for row in newer)
    return UNMOVED if outlived else "The client relies on it"


def _days(span: timedelta) -> str:
    return counted(span.days, "day")
