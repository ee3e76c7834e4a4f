"""When a delivery is tried again, and when it is given up. Pure, but for the jitter."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST, LONGEST = 10.0, 3600.0  # seconds
JITTER = 0.2
REFUSED_TIMES = 5  # then what was refused becomes a dead letter
PASSING = frozenset({408, 425, 429})  # of the 4xx, those that say "later"


def wait(failures: int, *, draw: float | None = None) -> timedelta:
    """After so many failures in a row; `draw` from 0 to 1, by default random, so that targets do not march in step."""
    seconds = min(FIRST * 2 ** min(failures - 1, 20), LONGEST)
    drawn = random.random() if draw is None else draw  # noqa: S311 - only paces
    return timedelta(seconds=seconds * (1 - JITTER + 2 * JITTER * drawn))


def is_refusal(status: int) -> bool:
    """Whether the receiver will not take this, however often it comes; what is away or overloaded may take it later."""
    return 400 <= status < 500 and status not in PASSING


def is_taken(status: int) -> bool:
    return 200 <= status < 300
