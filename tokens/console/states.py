"""The one rule for what a token is at a moment: live is what `/introspect` calls active (RFC 7662 §2.2). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """`SUSPENDED`: its client or user is switched off, and it counts again once they are on (R46)."""

    LIVE = "live"
    SUSPENDED = "suspended"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What decides over a token. `expires` None: never. `ended`: its client or user is deleted, or all of theirs was
    revoked since (their epoch has moved on). `paused`: its client or user is inactive.
    """

    expires: datetime | None
    revoked_at: datetime | None = None
    consumed_at: datetime | None = None
    ended: bool = False
    paused: bool = False


def state_of(standing: Standing, *, now: datetime) -> State:
    """What came first counts: a token that had expired before its family was revoked expired."""
    if standing.consumed_at is not None:
        return State.USED
    revoked, expires = standing.revoked_at, standing.expires
    if revoked is not None and (expires is None or revoked < expires):
        return State.REVOKED
    if expires is not None and expires <= now:
        return State.EXPIRED
    if revoked is not None or standing.ended:
        return State.REVOKED
    return State.SUSPENDED if standing.paused else State.LIVE
