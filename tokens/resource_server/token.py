"""What an API learns of a token, and what it asks to learn it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token that holds. `expires`: seconds since 1970, None for one that never ends; `claims`: all that was said."""

    client_id: str
    subject: str
    username: str
    scope: frozenset[str]
    audience: frozenset[str]
    expires: int | None
    claims: Mapping[str, Any] = field(repr=False)


class Unavailable(Exception):
    """Nobody could say whether the token holds; the API answers 503 and serves nothing."""


class Verifier(Protocol):
    """`Introspection` asks the authorization server; `SignedTokens` reads JWTs by its published keys."""

    def verify(self, value: str) -> Token | None:
        """The token, or None if it does not hold. Raises Unavailable."""


def token_from(claims: Mapping[str, Any]) -> Token:
    """A token from the members of RFC 7662 §2.2 or the claims of RFC 9068 §2.2, which share their names."""
    audience, expires = claims.get("aud") or [], claims.get("exp")
    return Token(
        client_id=str(claims.get("client_id") or ""),
        subject=str(claims.get("sub") or ""),
        username=str(claims.get("username") or ""),
        scope=frozenset(str(claims.get("scope") or "").split()),
        audience=frozenset([audience] if isinstance(audience, str) else map(str, audience)),
        expires=int(expires) if isinstance(expires, (int, float)) and not isinstance(expires, bool) else None,
        claims=claims,
    )
