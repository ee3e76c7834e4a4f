"""The answers of RFC 6750 §3 to requests that are not let in (R54, R55), as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """`error` is empty where the request held no token at all."""

    status: int
    error: str = ""
    description: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=())

    @property
    def body(self) -> bytes:
        """JSON; `{}` where there is nothing to say beyond the challenge."""
        said = {"error": self.error, "error_description": self.description} if self.error else {}
        return json.dumps(said).encode()

    @property
    def all_headers(self) -> list[tuple[str, str]]:
        """With those that every answer of this kind has."""
        return [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *self.headers]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _challenge(realm: str, **attributes: str) -> tuple[str, str]:
    """RFC 6750 §3: the scheme, then attributes; of an empty one nothing is said."""
    named = {"realm": realm, **attributes}
    said = ", ".join(f"{name}={_quoted(value)}" for name, value in named.items() if value)
    return "WWW-Authenticate", f"Bearer {said}".strip()


def no_token(realm: str) -> Refusal:
    """§3.1: without authentication the challenge names no error."""
    return Refusal(status=401, headers=(_challenge(realm),))


def invalid_request(realm: str, description: str) -> Refusal:
    """§3.1: more than one token, or a malformed header."""
    challenge = _challenge(realm, error="invalid_request", error_description=description)
    return Refusal(status=400, error="invalid_request", description=description, headers=(challenge,))


def invalid_token(realm: str) -> Refusal:
    """§3.1: expired, revoked, malformed, or meant for somebody else."""
    description = "The access token does not hold."
    challenge = _challenge(realm, error="invalid_token", error_description=description)
    return Refusal(status=401, error="invalid_token", description=description, headers=(challenge,))


def insufficient_scope(realm: str, needed: Iterable[str]) -> Refusal:
    """§3.1: the challenge names the scope that would do, so that a client can ask for it (R55)."""
    scope, description = " ".join(needed), "The access token lacks a scope."
    challenge = _challenge(realm, error="insufficient_scope", error_description=description, scope=scope)
    return Refusal(status=403, error="insufficient_scope", description=description, headers=(challenge,))


def unavailable() -> Refusal:
    """Nobody could say whether the token holds; what cannot be proven is not served."""
    return Refusal(
        status=503,
        error="temporarily_unavailable",
        description="The access token cannot be checked now.",
        headers=(("Retry-After", "5"),),
    )
