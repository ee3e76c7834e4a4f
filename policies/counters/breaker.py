"""A breaker: whoever was not answered a few times in a row is not asked for a while, so that nobody waits for it.

After the pause one request tries; the others go on as if it were still away until that one has been answered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PAUSE = 1.0  # seconds
FAILURES = 3  # in a row, where each was a wait in vain


class Breaker:
    """Thread-safe. `open`: whether what it guards is held to be away."""

    def __init__(
        self, *, pause: float = PAUSE, failures: int = FAILURES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pause, self._most, self._clock = pause, failures, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_until: float | None = None  # nobody asks before; None: everybody may
        self.open = False

    def lets_through(self) -> bool:
        """Whether to ask. While it is open, one caller a pause may: it has to report what came of it."""
        if not self.open:
            return True
        with self._lock:
            now = self._clock()
            if self._closed_until is not None and now < self._closed_until:
                return False
            self._closed_until = now + self._pause
            return True

    def succeeded(self) -> bool:
        """True where this ended a time of being away."""
        if not self.open and not self._failures:
            return False
        with self._lock:
            ended, self.open = self.open, False
            self._failures, self._closed_until = 0, None
            return ended

    def failed(self, *, at_once: bool) -> bool:
        """`at_once`: it refused, so that nothing is gained by asking again. True where this opened the breaker."""
        with self._lock:
            self._failures += 1
            if not (at_once or self.open or self._failures >= self._most):
                return False
            opened, self.open = not self.open, True
            self._closed_until = self._clock() + self._pause
            return opened
