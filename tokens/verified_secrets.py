"""What a worker remembers of secrets that it has verified by Argon2, so that each costs one run a worker.

A public client shows no secret; of it only the policy is remembered, which costs as many statements to read.

The key is an HMAC, under a key made when the process starts, of client id and secret: the secret itself is not kept,
and neither is anything that outlives the process. What is remembered is a hint, never a decision: whoever uses it
has the database recheck, in the same statement, that the secret's row still lives and that client and server policy
are the ones remembered (`tokens.hot_path`). No recheck, no use.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from tokens.client_authentication import Authenticated, Presented

MOST = 10_000
LIFE = timedelta(hours=1)
_process_key = os.urandom(32)


class VerifiedSecrets:
    """A bounded memory, the least recently used leaving first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[datetime, Authenticated]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, claim: Presented, *, now: datetime) -> Authenticated | None:
        with self._lock:
            entry = self._entries.get(key := _key(claim))
            if entry is None:
                return None
            verified_at, authenticated = entry
            if not verified_at <= now < verified_at + LIFE:
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return authenticated

    def remember(self, claim: Presented, authenticated: Authenticated, *, now: datetime) -> None:
        with self._lock:
            self._entries[_key(claim)] = (now, authenticated)
            self._entries.move_to_end(_key(claim))
            while len(self._entries) > MOST:
                self._entries.popitem(last=False)

    def forget(self, claim: Presented) -> None:
        with self._lock:
            self._entries.pop(_key(claim), None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


def _key(claim: Presented) -> bytes:
    """The method is part of it: a secret verified by Basic says nothing about a client that must use the body."""
    text = "\x00".join((claim.method, claim.client_id, claim.secret or ""))
    return hmac.digest(_process_key, text.encode(), hashlib.sha256)


memory = VerifiedSecrets()
