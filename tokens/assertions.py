"""Client authentication by a signed assertion, `private_key_jwt` (RFC 7521 §4.2, RFC 7523 §3, OIDC Core §9). Pure.

Of RFC 8725: the algorithms are listed and none depends on what the header says of keys (§3.1, §3.5, §3.10), a kind of
JWT that is meant for something else is refused (§3.11), and audience and issuer are compared as wholes (§3.8, §3.9).
That an assertion is used once, is decided in `tokens.used_assertions`; where keys come from, in `tokens.client_keys`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode

from clients.rules.client_ids import client_id_fault
from clients.rules.public_keys import ALGORITHMS, SMALLEST_RSA, Object, PublicKey

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 §2.2
TYPES = ("jwt", "client-authentication+jwt")  # `typ`, where there is one
LARGEST = 8192  # characters
LONGEST_NAME = 255  # of `jti` and `kid`
LONGEST_LIFE = timedelta(hours=1)
SKEW = timedelta(seconds=30)  # what clocks may differ


class Unacceptable(Exception):
    """The assertion proves nothing; the message is for the audit trail alone."""


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """A JWT as read, proven by nothing yet. `verdicts`: which key signed it, by the keys that were tried."""

    text: str = field(repr=False)
    algorithm: str
    kid: str
    claims: Mapping[str, Any] = field(repr=False)
    verdicts: dict[tuple[PublicKey, ...], PublicKey | None] = field(default_factory=dict, repr=False, compare=False)

    @property
    def client_id(self) -> str:
        return str(self.claims["sub"])

    @property
    def digest(self) -> bytes:
        """What `jti` comes to, which this client may use once: a second assertion of the same `jti` is a replay."""
        return hashlib.sha256(json.dumps([self.client_id, self.claims["jti"]]).encode()).digest()

    @property
    def ends(self) -> datetime:
        """After this moment it is refused by its age, used or not."""
        return datetime.fromtimestamp(self.claims["exp"], UTC) + SKEW


def read(text: str) -> Assertion:
    """What stands in it, and whose it says it is (`iss` and `sub`). Raises Unacceptable for what is no such JWT."""
    if len(text) > LARGEST or text.count(".") != 2 or not text.isascii():
        raise Unacceptable("no JWT, or larger than one may be")
    head, body, _ = text.split(".")
    header, claims = _object(head), _object(body)
    algorithm, kid, kind = header.get("alg"), header.get("kid", ""), header.get("typ", TYPES[0])
    if algorithm not in ALGORITHMS:
        raise Unacceptable("signed by an algorithm that is not listed")
    if "crit" in header or "b64" in header:
        raise Unacceptable("its header asks for extensions")  # RFC 7515 §4.1.11: not understood, so rejected
    if not isinstance(kid, str) or len(kid) > LONGEST_NAME:
        raise Unacceptable("kid is no text, or too long")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in TYPES:
        raise Unacceptable("it is a JWT of another kind")
    subject = claims.get("sub")
    if not isinstance(subject, str) or client_id_fault(subject) or claims.get("iss") != subject:
        raise Unacceptable("iss and sub are not both a client id")
    return Assertion(text=text, algorithm=algorithm, kid=kid, claims=claims)


def judge(assertion: Assertion, *, audiences: tuple[str, ...], now: datetime) -> None:
    """RFC 7523 §3, all but the signature: for whom, when, and which one. Raises Unacceptable."""
    claims = assertion.claims
    jti = claims.get("jti")
    if claims.get("aud") not in audiences:
        # One text: a list could name another server, to which a client was led, beside this one.
        raise Unacceptable("aud is not this server alone")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_NAME:
        raise Unacceptable("jti is missing, or no short text")
    _judge_times(claims, now=now)


def _judge_times(claims: Mapping[str, Any], *, now: datetime) -> None:
    """RFC 7523 §3: `exp` MUST be there, and an end that is unreasonably far away may be refused; so are old ones."""
    ends = _moment(claims, "exp")
    if ends is None or ends <= now - SKEW:
        raise Unacceptable("exp is missing or past")
    if ends > now + LONGEST_LIFE + SKEW:
        raise Unacceptable("exp is too far away")
    issued, begins = _moment(claims, "iat"), _moment(claims, "nbf")
    if issued is not None and not now - LONGEST_LIFE - SKEW <= issued <= now + SKEW:
        raise Unacceptable("iat is to come, or too long ago")
    if begins is not None and begins > now + SKEW:
        raise Unacceptable("nbf is to come")


def signer(assertion: Assertion, keys: tuple[PublicKey, ...]) -> PublicKey | None:
    """The one of `keys` that signed it, or None. The same keys are not tried twice.

    A `kid` names one key, and no other is tried; without it each key of the algorithm is. Where none fits, another
    key is tried in vain, so that nobody learns from the time whether there is one.
    """
    if keys not in assertion.verdicts:
        fitting = [key for key in keys if key.algorithm == assertion.algorithm and assertion.kid in ("", key.kid)]
        stranger = [] if fitting else [_stranger(assertion.algorithm)]
        found = next((key for key in [*fitting, *stranger] if _signed(assertion, key)), None)
        assertion.verdicts[keys] = found if found in fitting else None
    return assertion.verdicts[keys]


def knows(assertion: Assertion, keys: tuple[PublicKey, ...]) -> bool:
    """Whether one of `keys` may have signed it; if not, the client may have published a new one since."""
    return any(key.algorithm == assertion.algorithm and assertion.kid in ("", key.kid) for key in keys)


def _signed(assertion: Assertion, key: PublicKey) -> bool:
    try:
        jws.deserialize_compact(assertion.text, key.key, algorithms=[key.algorithm])
    except (JoseError, ValueError, TypeError):
        return False
    return True


@cache
def _stranger(algorithm: str) -> PublicKey:
    """A key that nobody signs with, made in this worker and known nowhere."""
    made: Object = ECKey.generate_key("P-256") if algorithm == "ES256" else RSAKey.generate_key(SMALLEST_RSA)
    return PublicKey(kid="", algorithm=algorithm, thumbprint="", key=made)


def _object(part: str) -> dict[str, Any]:
    """RFC 7519 §7.2. A name that stands twice could be read in two ways (RFC 7515 §4), so it is refused."""
    try:
        value = json.loads(urlsafe_b64decode(part.encode()).decode("utf-8"), object_pairs_hook=_without_twins)
    except (ValueError, RecursionError) as error:
        raise Unacceptable("header or claims cannot be read") from error
    if not isinstance(value, dict):
        raise Unacceptable("header or claims are no object")
    return value


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _moment(claims: Mapping[str, Any], name: str) -> datetime | None:
    """RFC 7519 §2, NumericDate. Raises Unacceptable for what is none."""
    value = claims.get(name)
    if name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unacceptable(f"{name} is no number")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unacceptable(f"{name} is no moment") from error
