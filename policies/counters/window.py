"""What a counter answers, and what both kinds of counters can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Window:
    """The running window of one key: `used` so far, and the seconds until it ends."""

    used: int
    left: float


class Away(Exception):
    """The counters cannot be asked now; what that means for a request is a setting."""


class Counters(Protocol):
    """A window begins with the first request that finds none, and ends `period` seconds later, whatever clocks say."""

    def take(self, key: str, *, period: int, amount: int = 1) -> Window:
        """Count `amount` more; the window with them. Raises Away."""

    def look(self, key: str) -> Window | None:
        """The running window, if there is one; nothing is counted. Raises Away."""
