"""Counters in this process, for the embedded default: one worker, no Redis.

`limits` has a memory of its own; this one differs in three ways. It measures time by the monotonic clock, so that a
clock that is moved back makes no window longer; it holds no more than a fixed number of windows, so that no flood of
addresses fills the memory; and it starts no threads.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from limits.storage import Storage

from policies.counters.window import Window

MOST_WINDOWS = 50_000  # some 15 MB
SWEPT_AT_ONCE = 4  # ended windows that go with each new one


class InProcess(Storage):
    """A storage of `limits`. Thread-safe."""

    STORAGE_SCHEME = None

    def __init__(self, *, most: int = MOST_WINDOWS, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most, self._clock = most, clock
        self._windows: OrderedDict[str, list[float]] = OrderedDict()  # [used, end], the latest begun last
        self._lock = threading.Lock()

    def take(self, key: str, *, period: int, amount: int = 1) -> Window:
        now = self._clock()
        with self._lock:
            window = self._windows.get(key)
            if window is None or window[1] <= now:
                window = self._begin(key, now=now, period=period)
            window[0] += amount
            return Window(used=int(window[0]), left=window[1] - now)

    def look(self, key: str) -> Window | None:
        now = self._clock()
        with self._lock:
            window = self._windows.get(key)
            if window is None or window[1] <= now:
                return None
            return Window(used=int(window[0]), left=window[1] - now)

    def _begin(self, key: str, *, now: float, period: int) -> list[float]:
        """A new window; ended ones at the old end go, and where there are too many the one that began first."""
        for _ in range(SWEPT_AT_ONCE):
            oldest = next(iter(self._windows), None)
            if oldest is None or self._windows[oldest][1] > now:
                break
            del self._windows[oldest]
        while len(self._windows) >= self._most:
            self._windows.popitem(last=False)
        self._windows.pop(key, None)
        window = self._windows[key] = [0, now + period]
        return window

    # ── As `limits` asks ──

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self.take(key, period=expiry, amount=amount).used

    def get(self, key: str) -> int:
        window = self.look(key)
        return window.used if window else 0

    def get_expiry(self, key: str) -> float:
        window = self.look(key)
        return time.time() + (window.left if window else 0)

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            count = len(self._windows)
            self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, None)
