"""Ending tokens: one by its value (RFC 7009), or all of a client's in one write."""

from __future__ import annotations

from datetime import datetime

import audit
from clients.models import Client
from tokens.formats import stored_hash
from tokens.models import AccessToken


def revoke(token: str, *, client_pk: int, by: audit.Actor, now: datetime) -> bool:
    """End `token` if it is the client's own and lives; another client's is left alone (RFC 7009 §2.1)."""
    ended = AccessToken.objects.filter(token_hash=stored_hash(token), application_id=client_pk, revoked_at=None).update(
        revoked_at=now
    )
    if ended:
        subject = audit.Subject("client", client_pk, by.name)
        audit.record("token.revoked", actor=by, subject=subject, at=now)
    return bool(ended)


def live_token_count(client: Client, *, now: datetime, most: int = 10_000) -> int:
    """How many live access tokens a deletion would end, counted up to `most`."""
    rows = AccessToken.objects.filter(application=client, client_epoch=client.token_epoch, revoked_at=None)
    living = rows.exclude(expires__lte=now).order_by()
    return int(living[:most].count())
