"""Refresh tokens: rotated at every use, counted exactly, ended with their family when one is used twice (R29–R31).

A refresh token's generation says how often its family had been refreshed when it was issued, so that the limit is
checked in the very UPDATE that consumes it: generation N is the last of a limit of N, and never issued.

A client may be given a grace: for so long after its first use a token may be used again, in case the answer got lost,
while nobody has used its successor. The successor then gets another value in the row that it has, so that its family
never has two that live, and the refresh is counted once (R31).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

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
    value = _new_value(family.expires)
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


def _new_value(expires: datetime | None) -> str:
    return formats.new_opaque_token(expires, prefix=formats.REFRESH_TOKEN)


def find(value: str, *, caller: Authenticated, by: audit.Actor, now: datetime) -> RefreshToken:
    """The token, found sound for this client: not consumed yet, or within its grace. Raises OAuthError and Stale."""
    row: RefreshToken | None = None
    if formats.looks_issued(value):
        rows = RefreshToken.objects.filter(token_hash=formats.stored_hash(value))
        row = standing.with_standing(rows, caller=caller, now=now).first()
    if row is None or row.application_id != caller.client.pk:
        raise invalid_grant("no such refresh token" if row is None else "the refresh token is another client's")
    standing.demand(row, caller=caller)
    if row.consumed_at is not None and not within_grace(row, grace=caller.client.refresh_grace, now=now):
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


def within_grace(row: RefreshToken, *, grace: int, now: datetime) -> bool:
    """R31: whether the token was used, and first used less than `grace` seconds ago.

    With a grace of 0 never: `now` may lie before the first use, where another request came later and was quicker.
    """
    return grace > 0 and row.consumed_at is not None and now < row.consumed_at + timedelta(seconds=grace)


def consume(row: RefreshToken, *, limit: int | None, now: datetime) -> bool:
    """The gate: true for exactly one of all who try, and for none past the limit, the expiry or the family's end, nor
    for a value that was replaced meanwhile. Call it in the transaction that issues the successor.
    """
    return bool(_unused(limit=limit, now=now).filter(pk=row.pk, token_hash=row.token_hash).update(consumed_at=now))


def replace_successor(row: RefreshToken, *, limit: int | None, now: datetime) -> str | None:
    """R31: give the unused successor of a token that is used again another value, the only one that works from then on.

    None where there is none to replace: it was used, or the last permitted refresh brought none (R29).
    """
    value = _new_value(row.expires)
    successor = _unused(limit=limit, now=now).filter(family=row.family_id, generation=row.generation + 1)
    return value if successor.update(token_hash=formats.stored_hash(value), created=now) else None


def _unused(*, limit: int | None, now: datetime) -> QuerySet[RefreshToken]:
    """What can still be consumed, or be replaced: both gates ask the same."""
    lives = TokenFamily.objects.filter(pk=OuterRef("family_id"), revoked_at=None)
    unused: QuerySet[RefreshToken] = RefreshToken.objects.filter(Exists(lives), consumed_at=None, expires__gt=now)
    return unused if limit is None else unused.filter(generation__lt=limit)


def look_again(row: RefreshToken) -> None:
    """What made `consume` say no: `row` comes to know that somebody was quicker with it; else raises OAuthError."""
    left = RefreshToken.objects.filter(pk=row.pk).values("consumed_at", "token_hash").first()
    if left is None or bytes(left["token_hash"]) != bytes(row.token_hash):
        raise invalid_grant("the refresh token was replaced, within the grace of the one before it")
    if left["consumed_at"] is None:
        raise invalid_grant("the authorization has ended")
    row.consumed_at = left["consumed_at"]


def reused(row: RefreshToken, *, by: audit.Actor, now: datetime) -> OAuthError:
    """R31, RFC 9700 §4.14.2: somebody holds a token that was rotated away; which of the two is honest is unknown."""
    token = f"rt_{row.pk}"
    families.revoke_for_replay(row.family, "token.refresh_reused", token=token, client=_client(row), by=by, now=now)
    return invalid_grant("the refresh token was used before")


def record_repeat(row: RefreshToken, *, by: audit.Actor, now: datetime) -> None:
    """What a grace lets pass is told all the same: the answer got lost, or somebody else had the token."""
    client = _client(row)
    subject = audit.Subject("client", client.pk, client.client_id)
    detail = {"token": f"rt_{row.pk}", "family": row.family_id, "user": row.family.user.username}
    audit.record("token.refresh_repeated", actor=by, subject=subject, detail=detail, at=now)


def _client(row: RefreshToken) -> Client:
    client: Client = row.application
    return client
