"""The keys as a worker holds them: all that are published, and which of them signs.

Read anew whenever the server's `policy_version` has moved, which every rotation raises. A worker thus notices a
rotation at its next request by the version that its statements compare anyway, and asks nothing more meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.utils import timezone

from tokens.models import SigningKey
from tokens.signing_keys import rotation
from tokens.signing_keys.pairs import Algorithm, Key, State


@dataclass(frozen=True, kw_only=True)
class Ring:
    """Every key that is published, as of one `policy_version`."""

    policy_version: int
    keys: tuple[Key, ...]

    def current(self, algorithm: str) -> Key:
        """The key that signs by `algorithm`. Raises LookupError for one that this server does not have."""
        for key in self.keys:
            if key.algorithm == algorithm and key.state == "current":
                return key
        raise LookupError(f"There is no current signing key for {algorithm}.")

    def find(self, kid: str) -> Key | None:
        """The published key of this id: what a token of ours can have been signed with."""
        return next((key for key in self.keys if key.kid == kid), None)

    def key_set(self) -> dict[str, Any]:
        """The JWK Set (RFC 7517 §5): public parts alone."""
        return {"keys": [dict(key.public) for key in self.keys]}


_lock = threading.Lock()
_ring: Ring | None = None


def ring(policy_version: int) -> Ring:
    """The keys as of `policy_version` or later; one statement when that is not remembered yet."""
    global _ring
    held = _ring
    if held is not None and held.policy_version >= policy_version:
        return held
    fresh = Ring(policy_version=policy_version, keys=_complete())
    with _lock:
        if _ring is None or fresh.policy_version >= _ring.policy_version:
            _ring = fresh
    return fresh


def forget() -> None:
    """What a new worker holds: nothing."""
    global _ring
    _ring = None


def _complete() -> tuple[Key, ...]:
    """All keys; on a server that has none yet they are made here, by whoever comes first."""
    found = _values(SigningKey.objects.all())
    if rotation.missing((key.algorithm, key.state) for key in found):
        rotation.ensure(now=timezone.now())
        found = _values(SigningKey.objects.all())
    return found


def _values(rows: Iterable[SigningKey]) -> tuple[Key, ...]:
    """The current keys first, then the next ones, then the retired, the youngest first."""
    order = {"current": 0, "next": 1, "retired": 2}
    return tuple(
        sorted(map(value_of, rows), key=lambda key: (order[key.state], key.algorithm, -key.created.timestamp()))
    )


def value_of(row: SigningKey) -> Key:
    """A row as a plain value."""
    return Key(
        kid=row.kid,
        algorithm=cast(Algorithm, row.algorithm),
        state=cast(State, row.state),
        public=row.public_jwk,
        private_sealed=bytes(row.private_sealed),
        created=row.created,
        activated_at=row.activated_at,
        retired_at=row.retired_at,
        needed_until=row.needed_until,
    )
