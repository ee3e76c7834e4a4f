"""Which authorizations ended because a code or refresh token was used twice (R31): the audit trail says so.

Whoever ends such a family records it at that very moment, so that its event is found by the moment alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from audit.models import Event
from tokens.console.kinds import Token

REPLAYS = ("token.refresh_reused", "token.code_replayed")
MOST = 500  # of the newest: what the list's filter finds


@dataclass(frozen=True, kw_only=True)
class Reuse:
    """`token`: the public id of what was used twice, where the event names it. `address`: whence."""

    family_pk: int
    at: datetime
    token: str
    address: str


def families() -> list[int]:
    """The numbers of those that ended so most lately."""
    newest = Event.objects.filter(kind__in=REPLAYS).order_by("-at")[:MOST]
    return [reuse.family_pk for event in newest if (reuse := _read(event)) is not None]


def among(moments: Collection[datetime]) -> dict[int, Reuse]:
    """Of the families that ended at these moments, by number, those that ended so (one statement)."""
    if not moments:
        return {}
    found = Event.objects.filter(at__in=set(moments), kind__in=REPLAYS)[:MOST]
    return {reuse.family_pk: reuse for event in found if (reuse := _read(event)) is not None}


def of(tokens: Collection[Token]) -> dict[int, Reuse]:
    return among([at for token in tokens if token.family_pk and (at := token.standing.revoked_at)])


def _read(event: Event) -> Reuse | None:
    family, token = event.detail.get("family"), event.detail.get("token", "")
    if not isinstance(family, int):
        return None
    return Reuse(family_pk=family, at=event.at, token=str(token), address=event.address)
