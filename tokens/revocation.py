"""Ending tokens: one by its value (RFC 7009), or all of a client's in one write."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

import audit
from accounts.models import User
from clients.life.lifecycle import Breakage
from clients.models import Client
from tokens import families
from tokens.formats import stored_hash
from tokens.models import AccessToken, RefreshToken, TokenFamily

MOST_COUNTED = 10_000


@transaction.atomic
def revoke(token: str, *, client_pk: int, by: audit.Actor, now: datetime) -> bool:
    """End `token` if it is the client's own and lives; another client's is left alone (RFC 7009 §2.1).

    An access or refresh token that a user allowed ends its whole family (R57): whichever half is revoked, both are
    dead. With its event or not at all: a caller that is told to try again finds the token as it was.
    """
    ended = _end(stored_hash(token), client_pk=client_pk, now=now)
    if ended:
        subject = audit.Subject("client", client_pk, by.name)
        audit.record("token.revoked", actor=by, subject=subject, at=now)
    return ended


def _end(token_hash: bytes, *, client_pk: int, now: datetime) -> bool:
    own = {"token_hash": token_hash, "application_id": client_pk}
    for rows in (AccessToken.objects.filter(**own), RefreshToken.objects.filter(**own)):
        found = rows.values_list("pk", "family_id").first()
        if found is None:
            continue
        pk, family_pk = found
        if family_pk is not None:
            return families.revoke(family_pk, now=now)
        return bool(AccessToken.objects.filter(pk=pk, revoked_at=None).update(revoked_at=now))
    return False


def live_tokens(client: Client) -> Breakage:
    """How many live access tokens end with `client` (R47), counted up to MOST_COUNTED."""
    rows = AccessToken.objects.filter(application=client, client_epoch=client.token_epoch, revoked_at=None)
    living = rows.exclude(expires__lte=timezone.now()).filter(Q(family=None) | Q(family__revoked_at=None)).order_by()
    return Breakage(count=living[:MOST_COUNTED].count(), one="live token", several="live tokens")


def live_tokens_together(clients: QuerySet[Client]) -> Breakage:
    """How many live access tokens end with all of `clients`, counted up to MOST_COUNTED."""
    current = clients.order_by().filter(pk=OuterRef("application"), token_epoch=OuterRef("client_epoch"))
    living = AccessToken.objects.filter(Exists(current), revoked_at=None).exclude(expires__lte=timezone.now())
    return Breakage(count=living.order_by()[:MOST_COUNTED].count(), one="live token", several="live tokens")


def live_tokens_of(user: User) -> Breakage:
    """How many live access tokens end with a person, counted up to MOST_COUNTED: found by their families."""
    own = TokenFamily.objects.filter(user=user, user_epoch=user.token_epoch, revoked_at=None)
    living = AccessToken.objects.filter(family__in=own, revoked_at=None).exclude(expires__lte=timezone.now())
    return Breakage(count=living.order_by()[:MOST_COUNTED].count(), one="live token", several="live tokens")


def live_authorizations(client: Client) -> Breakage:
    """How many people have a live authorization that ends with `client` (R47), among MOST_COUNTED of them."""
    rows = TokenFamily.objects.filter(
        application=client, client_epoch=client.token_epoch, revoked_at=None, user__isnull=False
    )
    living = rows.exclude(expires__lte=timezone.now()).order_by("-pk").values("user_id")[:MOST_COUNTED]
    people = User.objects.filter(pk__in=living, is_active=True).count()
    return Breakage(count=people, one="person’s authorization", several="people’s authorizations")
