"""Revoking from the console: one row, or the family that it belongs to. Each with its event, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

import audit
from tokens import families
from tokens.console.kinds import Token
from tokens.models import AccessToken, DeviceCode, TokenFamily


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How many authorizations ended, and how many tokens that belong to none."""

    families: int = 0
    alone: int = 0

    @property
    def total(self) -> int:
        return self.families + self.alone


def end(tokens: Sequence[Token], *, now: datetime) -> Ended:
    """End them, in two statements a kind at most. R57: a family ends as a whole, whichever part of it is meant."""
    own = {token.family_pk for token in tokens if token.family_pk is not None}
    alone = [token for token in tokens if token.family_pk is None]
    access = [token.number for token in alone if token.kind.value == "access"]
    device = [token.number for token in alone if token.kind.value == "device"]
    ended = TokenFamily.objects.filter(pk__in=own, revoked_at=None).update(revoked_at=now) if own else 0
    single = AccessToken.objects.filter(pk__in=access, revoked_at=None).update(revoked_at=now) if access else 0
    if device:
        waiting = DeviceCode.objects.filter(pk__in=device, status=DeviceCode.AUTHORIZATION_PENDING)
        single += waiting.update(status=DeviceCode.DENIED)
    return Ended(families=ended, alone=single)


@transaction.atomic
def revoke(token: Token, *, by: audit.Actor, now: datetime) -> bool:
    """One row, with its family where it has one; whether anything lived."""
    ended = end([token], now=now)
    if ended.total:
        detail = {
            "token": token.public_id,
            "family": token.family_pk,
            "user": token.user.username if token.user else "",
        }
        subject = audit.Subject("client", token.client.pk, token.client.client_id)
        audit.record("token.revoked", actor=by, subject=subject, detail=detail, at=now)
    return bool(ended.total)


@transaction.atomic
def revoke_family(family: TokenFamily, *, by: audit.Actor, now: datetime) -> bool:
    """Everything that came from one authorization; whether it lived."""
    if not families.revoke(family.pk, now=now):
        return False
    client = family.application
    detail = {"family": family.pk, "user": family.user.username if family.user else ""}
    subject = audit.Subject("client", client.pk, client.client_id)
    audit.record("token.revoked", actor=by, subject=subject, detail=detail, at=now)
    return True
