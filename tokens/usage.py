"""A client's last 30 days as one line: how many tokens it was issued a day. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tokens.daily_counts import Count

DAYS = 30
HEIGHT = 40  # of the drawing, which is one unit a day wide
HEADROOM = 2  # the highest day does not touch the edge


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day (UTC) and what came of its requests."""

    day: date
    issued: int = 0
    refused: int = 0


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The days in order, today last."""

    days: tuple[Day, ...]

    @property
    def issued(self) -> int:
        return sum(day.issued for day in self.days)

    @property
    def refused(self) -> int:
        return sum(day.refused for day in self.days)

    @property
    def most(self) -> Day:
        """The latest of the days with most tokens."""
        return max(self.days, key=lambda day: (day.issued, day.day))

    @property
    def idle_days(self) -> int:
        return sum(day.issued == 0 for day in self.days)

    @property
    def width(self) -> int:
        return len(self.days) - 1

    @property
    def line(self) -> str:
        """The path of an SVG line, its highest day near the top and zero at the bottom."""
        most = self.most.issued or 1
        heights = [HEIGHT - (HEIGHT - HEADROOM) * day.issued / most for day in self.days]
        return "M" + "L".join(f"{x} {height:.1f}" for x, height in enumerate(heights))

    @property
    def area(self) -> str:
        """The path of what lies under the line."""
        return f"{self.line}V{HEIGHT}H0z"


def first_day(today: date) -> date:
    return today - timedelta(days=DAYS - 1)


def usage(counts: Mapping[date, Count], *, today: date) -> Usage:
    """The last DAYS days; days that nothing is known of had nothing."""
    days = [first_day(today) + timedelta(days=number) for number in range(DAYS)]
    known = [(day, counts.get(day, Count())) for day in days]
    return Usage(days=tuple(Day(day=day, issued=count.issued, refused=count.refused) for day, count in known))
