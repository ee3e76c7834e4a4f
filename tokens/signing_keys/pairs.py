"""A key pair: made, named by what it is, and held as an object that signs. Knows no database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, get_args

from joserfc.jwk import ECKey, RSAKey, import_key

from tokens.signing_keys.sealed import seal, unseal

Algorithm = Literal["ES256", "RS256"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
State = Literal["next", "current", "retired"]
RSA_BITS = 2048  # RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used"
Object = ECKey | RSAKey


@dataclass(frozen=True, kw_only=True)
class Key:
    """One pair. `public` is its JWK as /jwks publishes it; of the private part only the sealed form is a value."""

    kid: str
    algorithm: Algorithm
    state: State
    public: Mapping[str, Any]
    private_sealed: bytes = field(repr=False)
    created: datetime
    activated_at: datetime | None = None
    retired_at: datetime | None = None
    needed_until: datetime | None = None

    @property
    def private(self) -> Object:
        """The object that signs, opened once a process. Raises sealed.Unreadable."""
        return _opened(self.kid, self.private_sealed)

    @property
    def verifier(self) -> Object:
        """The object that verifies."""
        return _published(self.kid, json.dumps(dict(self.public)))


def make(algorithm: Algorithm, *, state: State, now: datetime) -> Key:
    """`kid` is the key's thumbprint (RFC 7638), so that no two keys share one."""
    key: Object = ECKey.generate_key("P-256") if algorithm == "ES256" else RSAKey.generate_key(RSA_BITS)
    kid = key.thumbprint()
    return Key(
        kid=kid,
        algorithm=algorithm,
        state=state,
        public={**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": algorithm},
        private_sealed=seal(json.dumps(key.as_dict(private=True)).encode(), kid=kid),
        created=now,
        activated_at=now if state == "current" else None,
    )


@lru_cache(maxsize=64)
def _opened(kid: str, private_sealed: bytes) -> Object:
    return _object(json.loads(unseal(private_sealed, kid=kid)), kid=kid)


@lru_cache(maxsize=256)
def _published(kid: str, public: str) -> Object:
    return _object(json.loads(public), kid=kid)


def _object(jwk: dict[str, Any], *, kid: str) -> Object:
    key = import_key(jwk)
    if not isinstance(key, ECKey | RSAKey):
        raise TypeError(f"The signing key {kid} is of a kind that this server does not make.")
    return key
