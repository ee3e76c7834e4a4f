"""A bounded memory with a short life, so that a revoked token is not let in for longer than that."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from tokens.resource_server.token import Token


class Memory:
    """Remembers tokens that held, by the hash of their value, for `seconds` at most and never past their end.

    What did not hold is not remembered: guesses would push out what is in use. Safe among threads.
    """

    def __init__(self, *, seconds: float, size: int, clock: Callable[[], float] = time.time) -> None:
        self._seconds, self._size, self._clock = seconds, size, clock
        self._kept: OrderedDict[bytes, tuple[float, Token]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, value: str) -> Token | None:
        """The token, while it may still be believed."""
        key, now = _key(value), self._clock()
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            until, token = found
            # A clock that was set back must not lengthen a life.
            if until <= now or until > now + self._seconds:
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return token

    def keep(self, value: str, token: Token) -> None:
        """Remember it, at the cost of the one that was used longest ago."""
        until = self._clock() + self._seconds
        if token.expires is not None:
            until = min(until, float(token.expires))
        with self._lock:
            self._kept[_key(value)] = (until, token)
            self._kept.move_to_end(_key(value))
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)


def _key(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
