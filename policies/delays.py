"""Artificial delays (R40, R41): drawn between two bounds, and never more waiting at once than a fixed number.

A waiting request holds a thread of its worker and nothing else; its database connection has been given back.
"""

from __future__ import annotations

import threading
import time
from random import SystemRandom

MOST_WAITING = 24  # a worker

_random = SystemRandom()
_places = threading.BoundedSemaphore(MOST_WAITING)


class TooManyWaiting(Exception):
    """Every place is taken: the caller answers 429 instead of waiting."""


def draw(bounds: tuple[int, int]) -> float:
    """Seconds, drawn evenly between two bounds in milliseconds."""
    shortest, longest = bounds
    return _random.uniform(shortest, longest) / 1000


def wait(seconds: float) -> None:
    """Hold this thread for `seconds`. Raises TooManyWaiting at once where no place is free."""
    if seconds <= 0:
        return
    if not _places.acquire(blocking=False):
        raise TooManyWaiting
    try:
        time.sleep(seconds)
    finally:
        _places.release()
