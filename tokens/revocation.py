"""Ending tokens: one by its value (RFC 7009), or all of a client's in one write."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

import audit
from accounts.models import User
from clients.lifecycle import Breakage
from clients.models import Client
from tokens.formats import stored_hash
from tokens.models import AccessToken, TokenFamily

MOST_COUNTED = 10_000


@transaction.atomic
def revoke(token: str, *, client_pk: int, by: audit.Actor, now: datetime) -> bool:
    """End `token` if it is the client's own and lives; another client's is left alone (RFC 7009 §2.1).

    With its event or not at all: a caller that is told to try again finds the token as it was.
    """
    ended = AccessToken.objects.filter(token_hash=stored_hash(token), application_id=client_pk, revoked_at=None).update(
        revoked_at=now
    )
    if ended:
        subject = audit.Subject("client", client_pk, by.name)
        audit.record("token.revoked", actor=by, subject=subject, at=now)
    return bool(ended)


def live_tokens(client: Client) -> Breakage:
    """How many live access tokens end with `client` (R47), counted up to MOST_COUNTED."""
    rows = AccessToken.objects.filter(application=client, client_epoch=client.token_epoch, revoked_at=None)
    living = rows.exclude(expires__lte=timezone.now()).order_by()
    return Breakage(count=living[:MOST_COUNTED].count(), one="live token", several="live tokens")


def live_tokens_of(user: User) -> Breakage:
    """How many live access tokens end with a person, counted up to MOST_COUNTED: found by their families."""
    families = TokenFamily.objects.filter(user=user, user_epoch=user.token_epoch, revoked_at=None)
    living = AccessToken.objects.filter(family__in=families, revoked_at=None).exclude(expires__lte=timezone.now())
    return Breakage(count=living.order_by()[:MOST_COUNTED].count(), one="live token", several="live tokens")


def live_authorizations(client: Client) -> Breakage:
    """How many people have a live authorization that ends with `client` (R47), among MOST_COUNTED of them."""
    rows = TokenFamily.objects.filter(
        application=client, client_epoch=client.token_epoch, revoked_at=None, user__isnull=False
    )
    living = rows.exclude(expires__lte=timezone.now()).order_by("-pk").values("user_id")[:MOST_COUNTED]
    people = User.objects.filter(pk__in=living, is_active=True).count()
    return Breakage(count=people, one="person’s authorization", several="people’s authorizations")
