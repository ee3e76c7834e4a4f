"""A token as its row shows it: the words of its state, and the line of its life. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tokens.console.kinds import Token
from tokens.console.reuse import Reuse
from tokens.console.states import State

Tone = Literal["ok", "info", "warn", "danger", "quiet"]
NO_END = 70.0  # where "now" is drawn in a life without end
STATE_WORDS: dict[State, tuple[str, Tone]] = {
    State.LIVE: ("Live", "ok"),
    State.SUSPENDED: ("Suspended", "warn"),
    State.USED: ("Redeemed", "quiet"),
    State.EXPIRED: ("Expired", "quiet"),
    State.REVOKED: ("Revoked", "danger"),
}
TWICE: tuple[str, Tone] = ("Used twice", "danger")
FAMILY_WORDS: dict[str, tuple[str, Tone]] = {
    state.value: words for state, words in STATE_WORDS.items() if state is not State.USED
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """`spent`: how much of its life has passed, as a length in per cent; it ends where it was used or revoked."""

    token: Token
    words: str
    tone: Tone
    spent: str
    over: bool
    life: str

    @property
    def open_ended(self) -> bool:
        return self.token.expires is None


def line_of(token: Token, *, now: datetime, reuse: Reuse | None = None) -> Line:
    """`reuse`: how its family ended, if it did so."""
    twice = reuse is not None and reuse.token == token.public_id
    words, tone = TWICE if twice else words_of(token)
    share = _share(token, now=now)
    return Line(
        token=token,
        words=words,
        tone=tone,
        spent=f"{share:.1f}%",
        over=token.expires is not None and token.expires <= now,
        life="never expires" if token.expires is None else f"{share:.0f} % of its life spent",
    )


def words_of(token: Token) -> tuple[str, Tone]:
    """A refresh token is rotated when it is used (R31); a device code waits until somebody decides."""
    if token.state is State.USED and token.generation is not None:
        return "Rotated", "quiet"
    if token.state is State.LIVE and token.waiting:
        return "Waiting", "info"
    return STATE_WORDS[token.state]


def _share(token: Token, *, now: datetime) -> float:
    if token.expires is None:
        return NO_END
    whole = (token.expires - token.created).total_seconds()
    end = token.standing.consumed_at or (token.standing.revoked_at if token.state is State.REVOKED else None) or now
    spent = (min(end, now) - token.created).total_seconds()
    return 100.0 if whole <= 0 else min(max(spent / whole, 0), 1) * 100
