"""Reading JWT access tokens by the authorization server's published keys (RFC 9068 §4), without asking it each time.

A JWT holds until its end: a revocation is not seen here. Where that matters, ask (`introspection`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tokens.resource_server.asking import Asker
from tokens.resource_server.token import Token, Unavailable, token_from

ALGORITHMS = ["ES256", "RS256"]
TYPES = ("at+jwt", "application/at+jwt")  # RFC 9068 §4: without regard to case (RFC 7515 §4.1.9)
LARGEST_KEY_SET = 262_144  # bytes
NEEDED = ("iss", "aud", "exp", "sub", "client_id", "iat", "jti")  # RFC 9068 §2.2


class SignedTokens:
    """A verifier for the tokens of one `issuer` that are meant for `audience`, by the keys at `jwks_uri`.

    Keys are read again after `refresh` seconds, and for a key id that is not known, at most every `soonest` seconds.
    `leeway`: seconds that clocks may differ.
    """

    def __init__(
        self,
        issuer: str,
        *,
        audience: str,
        jwks_uri: str | None = None,
        refresh: float = 300,
        soonest: float = 10,
        leeway: int = 5,
        timeout: float = 3,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuer, self._audience = issuer, audience
        self._jwks_uri = jwks_uri or f"{issuer.rstrip('/')}/jwks"
        self._refresh, self._soonest, self._leeway, self._clock = refresh, soonest, leeway, clock
        self._asker = Asker(timeout=timeout)
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._read_at = float("-inf")

    def verify(self, value: str) -> Token | None:
        """The token if its signature and its claims hold. Raises Unavailable where there are no keys to look with."""
        if value.count(".") != 2:
            return None
        decoded = self._decode(value, self._key_set())
        if decoded is None and self._clock() - self._read_at >= self._soonest:
            decoded = self._decode(value, self._key_set(anew=True))  # signed by a key that came since
        if decoded is None or not self._holds(decoded):
            return None
        return token_from(decoded)

    def _decode(self, value: str, keys: KeySet) -> dict[str, Any] | None:
        try:
            token = jwt.decode(value, keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError, KeyError, TypeError):
            return None
        kind = token.header.get("typ")
        return token.claims if isinstance(kind, str) and kind.lower() in TYPES else None

    def _holds(self, claims: dict[str, Any]) -> bool:
        """RFC 9068 §4: issuer and audience are ours, and it has not ended."""
        audience, now = claims.get("aud"), self._clock()
        audiences = [audience] if isinstance(audience, str) else audience
        moments = [claims.get(name) for name in ("exp", "iat")] + [claims.get("nbf", 0)]
        return (
            all(name in claims for name in NEEDED)
            and claims["iss"] == self._issuer
            and isinstance(audiences, list)
            and self._audience in audiences
            and all(isinstance(moment, (int, float)) and not isinstance(moment, bool) for moment in moments)
            and claims["exp"] > now - self._leeway
            and claims.get("nbf", 0) <= now + self._leeway
        )

    def _key_set(self, *, anew: bool = False) -> KeySet:
        with self._lock:
            age = self._clock() - self._read_at
            if age >= self._refresh or (age >= self._soonest and (anew or self._keys is None)):
                self._read()
            if self._keys is None:
                raise Unavailable("The authorization server's keys cannot be read.")
            return self._keys

    def _read(self) -> None:
        """Where new ones cannot be read, the keys that are known stay."""
        self._read_at = self._clock()
        try:
            document = self._asker.ask("GET", self._jwks_uri, largest=LARGEST_KEY_SET)
            self._keys = KeySet.import_key_set(_signing_keys(document))
        except (Unavailable, JoseError, ValueError, KeyError, TypeError, AttributeError):
            return


def _signing_keys(document: Any) -> Any:
    """RFC 7517 §4.2: only the keys that sign."""
    return {"keys": [key for key in document["keys"] if key.get("use", "sig") == "sig"]}
