"""Minting an access token: its value, its row, and the answer that carries it (R26)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokens import hot_path
from tokens.client_authentication import Authenticated
from tokens.formats import new_opaque_token, stored_hash
from tokens.lifetimes import expires_in


def client_credentials_token(
    *,
    caller: Authenticated,
    scopes: tuple[str, ...],
    audiences: tuple[str, ...],
    expires: datetime | None,
    now: datetime,
) -> dict[str, Any]:
    """Write the token, then answer it: none is answered that was not recorded. Raises hot_path.Stale."""
    value = new_opaque_token(expires)
    scope = " ".join(scopes)
    row = hot_path.NewToken(
        token_hash=stored_hash(value), scope=scope, audiences=audiences, created=now, expires=expires
    )
    hot_path.issue(row, caller=caller)
    return token_answer(value, scope=scope, expires=expires, now=now)


def token_answer(value: str, *, scope: str, expires: datetime | None, now: datetime) -> dict[str, Any]:
    """RFC 6749 §5.1; `expires_in` is omitted for a token that never expires (R28)."""
    answer: dict[str, Any] = {"access_token": value, "token_type": "Bearer", "scope": scope}
    remaining = expires_in(expires, now=now)
    if remaining is not None:
        answer["expires_in"] = remaining
    return answer
