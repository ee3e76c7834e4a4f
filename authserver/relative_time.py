"""Moments in words, as the console shows them: "4 minutes ago", "in 9 days", or short for tables: "4 min"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One size of step: used below `until` seconds, counted in `seconds`."""

    until: float
    seconds: int
    name: str
    short: str


# Days last until 60 and months until two years: "45 days ago" says more than "1 month ago".
UNITS = (
    Unit(until=HOUR, seconds=MINUTE, name="minute", short="min"),
    Unit(until=DAY, seconds=HOUR, name="hour", short="h"),
    Unit(until=60 * DAY, seconds=DAY, name="day", short="d"),
    Unit(until=730 * DAY, seconds=30 * DAY, name="month", short="mo"),
    Unit(until=float("inf"), seconds=365 * DAY, name="year", short="y"),
)


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How far a moment is: `amount` (empty when it is now), and on which side of now it lies."""

    amount: str
    ahead: bool

    def __str__(self) -> str:
        if not self.amount:
            return "now"
        return f"in {self.amount}" if self.ahead else f"{self.amount} ago"


def distance(moment: datetime, *, now: datetime, short: bool = False) -> Distance:
    """The distance between two aware moments, cut down to one unit."""
    seconds = (now - moment).total_seconds()
    # A second to spare: what was set to expire in nine days says so when it is shown a moment later.
    ahead, seconds = seconds < 0, -seconds + 1 if seconds < 0 else seconds
    if seconds < MINUTE:
        return Distance(amount="", ahead=ahead)
    unit = next(unit for unit in UNITS if seconds < unit.until)
    count = int(seconds // unit.seconds)
    if short:
        return Distance(amount=f"{count} {unit.short}", ahead=ahead)
    return Distance(amount=f"{count} {unit.name}{'' if count == 1 else 's'}", ahead=ahead)


def exact(moment: datetime) -> str:
    """The moment to the second, in UTC, for a title or a fact."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
