"""What `/introspect` says of a token (RFC 7662 §2.2), and to whom. A stored token in, an answer out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokens import families
from tokens.formats import opaque_id
from tokens.hot_path import StoredToken
from tokens.models import RefreshToken

INACTIVE: dict[str, Any] = {"active": False}


def holds(token: StoredToken, *, now: datetime) -> bool:
    """Whether the token is good at this moment: not revoked or expired, its client and user still standing."""
    return not fault(token, now=now)


def fault(token: StoredToken, *, now: datetime) -> str:
    """Why a token is not good at this moment, for the trail alone; empty for one that is."""
    if token.revoked:
        return "the token is revoked"
    if token.expires is not None and token.expires <= now:
        return "the token has expired"
    if not token.client_holds:
        return "the token's client is deactivated or deleted, or its tokens were ended"
    return "" if token.user_holds else "the token's user is deactivated or deleted, or their tokens were ended"


def visible_to(token: StoredToken, *, introspects: frozenset[str]) -> bool:
    """R56, contracts (Audience): a token without an API is seen by whoever may introspect; else one must match."""
    return not token.audiences or not introspects.isdisjoint(token.audiences)


def refresh_token_answer(row: RefreshToken | None, *, issuer: str, now: datetime) -> dict[str, Any]:
    """RFC 7662 §2.2, for the client that the token was issued to alone: a resource server must take none for access.

    Client, family and user must have been selected with the row.
    """
    if row is None or row.consumed_at or row.expires is None or row.expires <= now:
        return INACTIVE
    family, client = row.family, row.application
    if not (client.is_active and client.deleted_at is None and families.holds(family, client)):
        return INACTIVE
    audiences = family.resource.split() or [issuer]
    return {
        "active": True,
        "scope": family.scope,
        "client_id": client.client_id,
        "username": family.user.username,
        "token_type": "refresh_token",
        "sub": str(family.user.sub),
        "aud": audiences[0] if len(audiences) == 1 else audiences,
        "iss": issuer,
        "iat": int(row.created.timestamp()),
        "exp": int(row.expires.timestamp()),
        "jti": opaque_id(bytes(row.token_hash)),
    }


def answer(
    token: StoredToken | None, *, jti: str, introspects: frozenset[str], issuer: str, now: datetime
) -> dict[str, Any]:
    """Unknown, expired, revoked and other-audience tokens are told apart by nothing (RFC 7662 §2.2)."""
    if token is None or not holds(token, now=now) or not visible_to(token, introspects=introspects):
        return INACTIVE
    audiences = token.audiences or (issuer,)  # as RFC 9068 §3 names a default resource
    said = {
        "active": True,
        "scope": token.scope,
        "client_id": token.client_id,
        "username": token.username,
        "token_type": "Bearer",
        "sub": token.sub,
        "aud": audiences[0] if len(audiences) == 1 else list(audiences),
        "iss": issuer,
        "iat": int(token.created.timestamp()),
        "namespaces": list(token.namespaces),
        "jti": jti,
    }
    if token.expires is not None:
        said["exp"] = int(token.expires.timestamp())
    return said
