"""The public keys that a client's assertion is tried with: those it registered, or those it publishes at an address.

Published ones are kept a while in the worker, read again for a `kid` that is not among them at most every SOONEST,
and outlive a few failures of the client's server; then nothing is accepted any more.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from accounts.strict_json import NotRead, decode, read
from clients.rules import public_keys
from clients.rules.public_keys import PublicKey
from policies.fetching import NotFetched, fetch
from tokens import assertions
from tokens.assertions import Assertion

Keys = tuple[PublicKey, ...]

FRESH = 300.0  # seconds that a set is used without asking again
SOONEST = 30.0  # between two readings of one address
KEPT = 3600.0  # for so long what was read stays good while it cannot be read again
MOST = 1_000  # addresses a worker remembers

log = structlog.get_logger("tokens.client_keys")


@dataclass(kw_only=True)
class _Published:
    """What one address said. `lock`: whoever reads it, reads it for all that wait."""

    keys: Keys = ()
    read_at: float = float("-inf")
    tried_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


class PublishedKeys:
    """The sets of a worker, the least recently used leaving first."""

    def __init__(self, *, reader: Callable[[str], bytes] = fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader, self._clock = reader, clock
        self._sets: OrderedDict[str, _Published] = OrderedDict()
        self._lock = threading.Lock()

    def for_assertion(self, assertion: Assertion, address: str) -> Keys:
        """The keys at `address`, as they were read lately, or anew where none of them could have signed this."""
        published = self._at(address)
        if self._due(published, assertion):
            with published.lock:
                if self._due(published, assertion):
                    self._read(published, address)
        return published.keys if self._clock() - published.read_at < KEPT else ()

    def _at(self, address: str) -> _Published:
        with self._lock:
            published = self._sets.setdefault(address, _Published())
            self._sets.move_to_end(address)
            while len(self._sets) > MOST:
                self._sets.popitem(last=False)
            return published

    def _due(self, published: _Published, assertion: Assertion) -> bool:
        now = self._clock()
        if now - published.tried_at < SOONEST:
            return False
        return now - published.read_at >= FRESH or not assertions.knows(assertion, published.keys)

    def _read(self, published: _Published, address: str) -> None:
        published.tried_at = self._clock()
        try:
            published.keys = _keys_in(self._reader(address))
            published.read_at = self._clock()
        except (NotFetched, NotRead) as error:
            log.warning("client_keys.not_read", address=address, reason=str(error))

    def clear(self) -> None:
        with self._lock:
            self._sets.clear()


published = PublishedKeys()


def keys_for(assertion: Assertion, registered: tuple[str, ...], address: str) -> Keys:
    """The keys of a client that it may have signed `assertion` with."""
    if address:
        return published.for_assertion(assertion, address)
    return tuple(public_keys.read_key(key) for key in registered)


def _keys_in(body: bytes) -> Keys:
    """RFC 7517 §5: what it holds beside keys, and keys that nobody can verify by, are passed over."""
    value = read(decode(body))
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list):
        raise NotRead("It is no JWK Set.")
    lines = public_keys.sound(public_keys.lines_of_set(keys))
    return tuple(public_keys.read_key(line) for line in lines)
