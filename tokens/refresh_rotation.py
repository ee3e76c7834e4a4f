"""Refresh tokens: rotated at every use, counted exactly, ended with their family when one is used twice (R29–R31).

A refresh token's generation says how often its family had been refreshed when it was issued, so that the limit is
checked in the very UPDATE that consumes it: generation N is the last of a limit of N, and never issued.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

import audit
from clients.models import Client
from tokens import families, formats, standing
from tokens.client_authentication import Authenticated
from tokens.errors import OAuthError, invalid_grant
from tokens.models import RefreshToken, TokenFamily


def may_have_generation(generation: int, *, limit: int | None) -> bool:
    """R29: whether a token of this generation can be used. `limit` None: without one; 0: no refresh token at all."""
    return limit is None or generation < limit


def issue(family: TokenFamily, *, generation: int, limit: int | None, now: datetime) -> str | None:
    """The family's next refresh token, or None where the limit leaves no refresh. It ends with the family."""
    if not may_have_generation(generation, limit=limit) or family.expires is None or family.expires <= now:
        return None
    value = formats.new_opaque_token(family.expires, prefix=formats.REFRESH_TOKEN)
    RefreshToken.objects.create(
        token_hash=formats.stored_hash(value),
        application_id=family.application_id,
        user_id=family.user_id,
        family=family,
        generation=generation,
        created=now,
        expires=family.expires,
    )
    return value


def find(value: str, *, caller: Authenticated, by: audit.Actor, now: datetime) -> RefreshToken:
    """The token, found sound for this client; not consumed yet. Raises OAuthError and Stale."""
    row: RefreshToken | None = None
    if formats.looks_issued(value):
        rows = RefreshToken.objects.filter(token_hash=formats.stored_hash(value))
        row = standing.with_standing(rows, caller=caller, now=now).first()
    if row is None or row.application_id != caller.client.pk:
        raise invalid_grant("no such refresh token" if row is None else "the refresh token is another client's")
    standing.demand(row, caller=caller)
    if row.consumed_at is not None:
        raise reused(row, by=by, now=now)
    if reason := _why_dead(row, caller=caller, now=now):
        raise invalid_grant(reason)
    return row


def own(value: str, *, client_pk: int) -> RefreshToken | None:
    """The client's refresh token with its client, family and user, in whatever state."""
    rows = RefreshToken.objects.filter(token_hash=formats.stored_hash(value), application_id=client_pk)
    row: RefreshToken | None = rows.select_related("application", "family__user").first()
    return row


def _why_dead(row: RefreshToken, *, caller: Authenticated, now: datetime) -> str:
    if row.expires is not None and row.expires <= now:
        return "the refresh token has expired"
    if not families.holds(row.family, row.application):
        return "the authorization has ended"
    if row.family.grant_type not in caller.client.grants:
        return "the client may no longer use the grant that this came by"
    return "" if may_have_generation(row.generation, limit=caller.client.refresh_limit) else "no refresh is left"


def consume(row: RefreshToken, *, limit: int | None, now: datetime) -> bool:
    """The gate: true for exactly one of all who try, and for none past the limit, the expiry or the family's end.

    Call it in the transaction that issues the successor.
    """
    lives = TokenFamily.objects.filter(pk=OuterRef("family_id"), revoked_at=None)
    unused = RefreshToken.objects.filter(Exists(lives), pk=row.pk, consumed_at=None, expires__gt=now)
    if limit is not None:
        unused = unused.filter(generation__lt=limit)
    return bool(unused.update(consumed_at=now))


def too_late(row: RefreshToken, *, by: audit.Actor, now: datetime) -> OAuthError:
    """Why `consume` said no: somebody was quicker with the same token, or its family has ended meanwhile."""
    if RefreshToken.objects.filter(pk=row.pk, consumed_at=None).exists():
        return invalid_grant("the authorization has ended")
    return reused(row, by=by, now=now)


def reused(row: RefreshToken, *, by: audit.Actor, now: datetime) -> OAuthError:
    """R31, RFC 9700 §4.14.2: somebody holds a token that was rotated away; which of the two is honest is unknown."""
    token = f"rt_{row.pk}"
    families.revoke_for_replay(row.family, "token.refresh_reused", token=token, client=_client(row), by=by, now=now)
    return invalid_grant("the refresh token was used before")


def _client(row: RefreshToken) -> Client:
    client: Client = row.application
    return client
