"""Token families: one authorization each, with everything issued from it (R31). Ending one is one write.

A token of a family holds only while the family does; every look-up joins it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import audit
from clients.models import Client
from clients.rules import grant_types
from tokens.lifetimes import LAST_MOMENT
from tokens.models import TokenFamily


def refreshing_ends(*, lifetime: int, now: datetime) -> datetime:
    """R29: counted from the family's start, in seconds; refreshing never moves it."""
    return LAST_MOMENT if (LAST_MOMENT - now).total_seconds() <= lifetime else now + timedelta(seconds=lifetime)


def holds(family: TokenFamily, client: Client) -> bool:
    """Whether codes and refresh tokens of `family` may still be used: its client and user as they were then.

    The family's `user` must have been selected with it; None where the row is gone.
    """
    user = family.user
    return (
        family.revoked_at is None
        and family.client_epoch == client.token_epoch
        and user is not None
        and user.is_active
        and user.deleted_at is None
        and family.user_epoch == user.token_epoch
    )


def revoke(family_pk: int, *, now: datetime) -> bool:
    """End the family and all that was issued from it; whether it lived."""
    return bool(TokenFamily.objects.filter(pk=family_pk, revoked_at=None).update(revoked_at=now))


def revoke_for_replay(
    family: TokenFamily, kind: str, *, token: str, client: Client, by: audit.Actor, now: datetime
) -> None:
    """R31, RFC 6749 §4.1.2: what was used twice is in two hands. Recorded once, by whoever ends the family.

    `token`: the public id of what was used. The event is dated to the very moment at which the family ended.

    Call it outside the transaction that the refusal rolls back.
    """
    if revoke(family.pk, now=now):
        subject = audit.Subject("client", client.pk, client.client_id)
        detail = {"token": token, "family": family.pk, "user": family.user.username if family.user else ""}
        audit.record(kind, actor=by, subject=subject, detail=detail, at=now)


def revoke_all(*, user_pk: int, client_pk: int, now: datetime) -> int:
    """End every family that this user allowed this client; how many lived. Tokens that people made themselves stay."""
    own = TokenFamily.objects.filter(user_id=user_pk, application_id=client_pk, revoked_at=None)
    return own.exclude(grant_type=grant_types.PERSONAL_ACCESS_TOKEN).update(revoked_at=now)


def scopes_of(family: TokenFamily) -> tuple[str, ...]:
    return tuple(family.scope.split())


def live(*, user_pk: int, client_pks: Collection[int], now: datetime) -> dict[int, int]:
    """How many live families a user has at each client, tokens of their own left aside."""
    counts: dict[int, int] = {}
    rows = TokenFamily.objects.filter(user_id=user_pk, application_id__in=client_pks, revoked_at=None, expires__gt=now)
    rows = rows.exclude(grant_type=grant_types.PERSONAL_ACCESS_TOKEN)
    for client_pk in rows.values_list("application_id", flat=True):
        counts[client_pk] = counts.get(client_pk, 0) + 1
    return counts
