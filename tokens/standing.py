"""The recheck of what a worker remembers of the caller, within the statement that finds its code or refresh token.

`tokens.hot_path` does the same for its two statements. Here the row's own client is the caller, or the row is none of
the caller's business.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value

from accounts.models import ServerSettings
from clients.models import Client, ClientSecret
from tokens.client_authentication import Authenticated
from tokens.hot_path import Stale


def with_standing(rows: QuerySet[Any], *, caller: Authenticated, now: datetime) -> QuerySet[Any]:
    """`rows` of codes or refresh tokens with their client, its service account, family and user, in one statement."""
    found = rows.select_related("application__service_account", "family__user")
    return _rechecked(found, caller=caller, now=now, client_is=OuterRef("application"))


def _rechecked(rows: QuerySet[Any], *, caller: Authenticated, now: datetime, client_is: OuterRef) -> QuerySet[Any]:
    lives = ClientSecret.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now), pk=caller.secret_pk or 0, client=client_is, revoked_at=None
    )
    found: QuerySet[Any] = rows.annotate(
        policy_version=Subquery(ServerSettings.objects.filter(pk=1).values("policy_version")[:1]),
        secret_lives=Value(True) if caller.secret_pk is None else Exists(lives),
    )
    return found


def current_client(*, caller: Authenticated, now: datetime) -> Client:
    """The caller itself, as it stands in this statement, where there is no row to find it with. Raises Stale."""
    clients = Client.objects.filter(pk=caller.client.pk).select_related("service_account")
    client: Client | None = _rechecked(clients, caller=caller, now=now, client_is=OuterRef("pk")).first()
    if client is None:
        raise Stale
    _demand(client, of=client, caller=caller)
    return client


def demand(row: Any, *, caller: Authenticated) -> None:
    """Raises Stale unless client, secret and server policy are the ones that the decision was made from."""
    _demand(row.application, of=row, caller=caller)


def _demand(client: Client, *, of: Any, caller: Authenticated) -> None:
    account = client.service_account
    if not (
        client.revision == caller.client.revision
        and client.is_active
        and client.deleted_at is None
        and (account is None or account.is_active)
        and of.secret_lives
        and of.policy_version == caller.client.policy_version
    ):
        raise Stale
