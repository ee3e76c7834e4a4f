"""One page of the list: the kinds merged, newest first.

A place is a row of each table, not a number: pages do not shift while tokens are issued, and deep ones cost no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tokens.console.kinds import Token
from tokens.console.walking import CANDIDATES, Look, hunt, look
from tokens.console.wanted import Place, Wanted

SIZE = 50


@dataclass(frozen=True, kw_only=True)
class Page:
    """`older`: the address of what follows, empty at the end. `short`: there may be more, but none was found so far.

    `down_to`: how far back it looked, where it is short.
    """

    tokens: tuple[Token, ...]
    older: str
    short: bool
    down_to: datetime | None


def page_of(wanted: Wanted, *, now: datetime) -> Page:
    """The page that the address names."""
    found = hunt(wanted)
    most = CANDIDATES if found.picky else SIZE + 1
    looks = {
        kind.value: look(kind, found, below=wanted.before[kind.value], now=now, most=most) for kind in wanted.looked_at
    }
    shown = _newest(looks)
    place = _after(wanted.before, looks, shown)
    more = any(place[kind] > 0 for kind in looks)
    short = more and len(shown) < SIZE
    barrier = max((seen.down_to for seen in looks.values() if seen.down_to), default=None)
    return Page(tokens=shown, older=wanted.at(place) if more else "", short=short, down_to=barrier if short else None)


def _newest(looks: dict[str, Look]) -> tuple[Token, ...]:
    """Only as far back as every kind was looked at: no older one of one kind comes before a newer of another."""
    barrier = max((seen.down_to for seen in looks.values() if seen.down_to), default=None)
    dated = sorted((pair for seen in looks.values() for pair in _dated(seen)), key=_date, reverse=True)
    return tuple(token for at, token in dated if barrier is None or at >= barrier)[:SIZE]


def _dated(seen: Look) -> Iterator[tuple[datetime, Token]]:
    """Clocks of workers differ a little: within a kind the row's number decides, and lends older rows' later dates."""
    latest = seen.down_to
    for token in reversed(seen.tokens):
        latest = token.created if latest is None else max(latest, token.created)
        yield latest, token


def _date(pair: tuple[datetime, Token]) -> tuple[datetime, int]:
    return pair[0], pair[1].number


def _after(before: Place, looks: dict[str, Look], shown: tuple[Token, ...]) -> Place:
    """Where the next page begins: at the newest row of each kind that is not shown yet."""
    seen_ids = {(token.kind.value, token.number) for token in shown}
    place = dict(before)
    for kind, seen in looks.items():
        left = [token.number for token in seen.tokens if (kind, token.number) not in seen_ids]
        place[kind] = max(left) + 1 if left else seen.below
    return place
