"""Shares of large shared budgets: a worker takes a part at once, so that most requests ask nobody.

Never more than the budget passes on all workers together. Less passes by what a worker that ends, or is asked no more,
still holds of its share; a budget of less than two shares' worth of parts is counted one by one, exactly.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from policies.counters.window import Counters, Window

MOST_HELD = 10_000  # keys of which a worker has something left
LOOKED_AT_MOST = 1.0  # seconds that a spent budget is believed to be: whoever asks on and on must not load the counters


@dataclass(slots=True)
class _Share:
    """What a worker may let through until `ends`; `taken`: by all workers, when it last asked, at `asked`."""

    spare: int
    taken: int
    limit: int
    asked: float
    ends: float

    def spent(self, *, now: float) -> bool:
        """Believed for a moment only: the counters may have been emptied since."""
        return self.taken >= self.limit and not self.spare and now < self.asked + LOOKED_AT_MOST


class Shares:
    """Thread-safe; bounded, the least recently used leaving first. `parts`: how many shares make a whole budget."""

    def __init__(self, *, parts: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._parts, self._clock = parts, clock
        self._held: OrderedDict[str, _Share] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, *, limit: int, period: int, counters: Counters) -> Window:
        """Count one more; its `used` is above `limit` where it may not pass. Raises Away."""
        held = self._from_held(key, limit=limit)
        if held is not None:
            return held
        amount = max(1, limit // self._parts)
        window = counters.take(key, period=period, amount=amount)
        granted = min(amount, limit - window.used + amount)
        taken = min(window.used, limit)
        now = self._clock()
        share = _Share(spare=max(0, granted - 1), taken=taken, limit=limit, asked=now, ends=now + window.left)
        self._hold(key, share)
        return Window(used=taken if granted > 0 else limit + 1, left=window.left)

    def _from_held(self, key: str, *, limit: int) -> Window | None:
        now = self._clock()
        with self._lock:
            share = self._held.get(key)
            if share is None or share.ends <= now or share.limit != limit:
                return None
            self._held.move_to_end(key)
            if share.spare:
                share.spare -= 1
                return Window(used=share.taken, left=share.ends - now)
            return Window(used=limit + 1, left=share.ends - now) if share.spent(now=now) else None

    def _hold(self, key: str, share: _Share) -> None:
        """What another thread has taken at the same time is kept with it."""
        with self._lock:
            held = self._held.get(key)
            if held is not None and held.limit == share.limit and held.ends > self._clock():
                share.spare += held.spare
            self._held[key] = share
            self._held.move_to_end(key)
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
