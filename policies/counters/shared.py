"""Counters that all workers on all machines share: Redis or Valkey.

One script a request, by one round trip: it counts, begins the window where there is none, and tells how long it still
runs by the clock of Redis alone, so that no machine's clock has a say. Redis' own, should it be moved back, makes no
window longer than its period. The script also knows a mark that lives as long as what Redis holds: another mark than
before means that Redis was emptied, which nobody could tell from counts that begin anew.

`limits` brings the storage, its connections and their addresses. It is spoken to below redis-py's commands, which cost
three times as much as the answer (measured: 130 µs of a worker's time against 45).
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from typing import Any

from limits.storage import RedisStorage
from redis import Connection, RedisError
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as TookTooLong
from redis.retry import Retry

from audit.randomness import random_text
from policies.counters.breaker import Breaker
from policies.counters.window import Away, Window

PREFIX = "authserver:budget:"
MARK = "authserver:mark"
PATIENCE = 0.5  # seconds to connect, and for an answer: what comes later is no use to a token request

TAKE = """
local used = redis.call('INCRBY', KEYS[1], ARGV[2])
local left = redis.call('PTTL', KEYS[1])
local period = tonumber(ARGV[1])
if left < 0 or left > period then
    redis.call('PEXPIRE', KEYS[1], period)
    left = period
end
local mark = redis.call('GET', KEYS[2])
if not mark then
    mark = ARGV[3]
    redis.call('SET', KEYS[2], mark)
end
return {used, left, mark}
"""
_SCRIPT = TAKE.encode()
_DIGEST = hashlib.sha1(_SCRIPT, usedforsecurity=False).hexdigest().encode()  # what Redis calls it by


class Shared(RedisStorage):
    """A storage of `limits`. Thread-safe; a connection is one thread's for one conversation.

    `told(reason)`: called once when Redis goes away and once when it was found emptied, `back()` once when it is there
    again. While the breaker is open nothing is asked.
    """

    STORAGE_SCHEME = []  # made here alone, never by its address through `limits`

    def __init__(
        self,
        url: str,
        *,
        told: Callable[[str], None] = lambda reason: None,
        back: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
        breaker: Breaker | None = None,
    ) -> None:
        options: dict[str, Any] = {
            "socket_timeout": patience,
            "socket_connect_timeout": patience,
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,
        }
        super().__init__(url.replace("valkey://", "redis://", 1), **options)
        self.breaker = breaker or Breaker()
        self._told, self._back = told, back
        self._idle: deque[Connection] = deque()
        self._mark = b""
        self._candidate = _new_mark()

    def take(self, key: str, *, period: int, amount: int = 1) -> Window:
        keys = [b"2", (PREFIX + key).encode(), MARK.encode()]
        rest = [*keys, str(period * 1000).encode(), str(amount).encode(), self._candidate]
        try:
            used, left, mark = self._ask([b"EVALSHA", _DIGEST, *rest])
        except NoScriptError:
            used, left, mark = self._ask([b"EVAL", _SCRIPT, *rest])
        self._notice(mark)
        return Window(used=int(used), left=int(left) / 1000)

    def look(self, key: str) -> Window | None:
        name = (PREFIX + key).encode()
        used, left = self._ask([b"GET", name]), self._ask([b"PTTL", name])
        return Window(used=int(used), left=int(left) / 1000) if used is not None and int(left) > 0 else None

    def _ask(self, words: list[bytes]) -> Any:
        """One question through the breaker. Raises Away, and NoScriptError."""
        if not self.breaker.lets_through():
            raise Away("the breaker is open")
        try:
            answer = self._converse(_packed(words))
        except NoScriptError:
            self.breaker.succeeded()
            raise
        except (RedisError, OSError) as error:
            # A time-out may be one unlucky answer; a refused connection, or a Redis that says it cannot, is not.
            if self.breaker.failed(at_once=not isinstance(error, TookTooLong)):
                self._told(type(error).__name__)
            raise Away(type(error).__name__) from error
        if self.breaker.succeeded():
            self._back()
        return answer

    def _converse(self, command: bytes) -> Any:
        """On a connection that is at hand; where Redis had closed that meanwhile, on a new one."""
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._say(self._new(), command)
        try:
            return self._say(connection, command)
        except (ResponseError, TookTooLong):
            raise
        except (RedisError, OSError):
            self._idle.clear()  # those have been closed as well
            return self._say(self._new(), command)

    def _say(self, connection: Connection, command: bytes) -> Any:
        try:
            connection.send_packed_command([command], check_health=False)  # type: ignore[no-untyped-call]
            answer = connection.read_response()
        except ResponseError:
            self._idle.append(connection)
            raise
        except BaseException:
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise
        self._idle.append(connection)
        return answer

    def _new(self) -> Connection:
        connection: Connection = self.storage.connection_pool.make_connection()
        return connection

    def _notice(self, mark: bytes) -> None:
        if mark != self._mark:
            if self._mark:
                self._told("emptied")
            self._mark = mark
        if mark == self._candidate:  # made by this worker: should Redis be emptied again, the next one is another
            self._candidate = _new_mark()


def _new_mark() -> bytes:
    return random_text(16).encode()


def _packed(words: list[bytes]) -> bytes:
    """A command as Redis reads it (RESP): an array of strings that say their length."""
    return b"".join([b"*%d\r\n" % len(words), *(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)])
