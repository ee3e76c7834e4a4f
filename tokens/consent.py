"""What users have allowed to clients: remembered so that they are asked once, withdrawn with all tokens (R64)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

import audit
from accounts.models import User
from clients.models import Client
from tokens import families
from tokens.models import Consent


def remembered(user: User, client: Client) -> Consent | None:
    """What `user` allows `client` now; nothing from before the client was deleted and restored."""
    return Consent.objects.filter(user=user, application=client, client_epoch=client.token_epoch).first()


def suffices(consent: Consent | None, client: Client, scopes: Collection[str]) -> bool:
    """Whether nobody needs to be asked.

    RFC 8252 §8.6: requests of a client whose identity cannot be assured SHOULD NOT be processed without consent; a
    public client is one.
    """
    return client.confidential and consent is not None and set(scopes) <= set(consent.scope.split())


def use(consent: Consent, *, now: datetime) -> bool:
    """The gate for who is not asked: false where the consent was withdrawn meanwhile. In the granting transaction."""
    return bool(Consent.objects.filter(pk=consent.pk).update(used_at=now))


def give(
    user: User,
    client: Client,
    *,
    asked: Collection[str],
    granted: Collection[str],
    by: audit.Actor,
    now: datetime,
) -> None:
    """Remember what was allowed. What was asked for and left out is allowed no more. In the granting transaction."""
    old = remembered(user, client)
    kept = [name for name in old.scope.split() if name not in asked] if old else []
    scope = " ".join(dict.fromkeys([*kept, *granted]))
    said = {"scope": scope, "client_epoch": client.token_epoch, "given_at": now, "used_at": now}
    Consent.objects.update_or_create(
        user=user, application=client, defaults=said, create_defaults={**said, "created": now}
    )
    detail = {"scope": " ".join(granted), "leftOut": " ".join(name for name in asked if name not in granted)}
    _record("consent.given", client, detail, by=by, now=now)


def deny(client: Client, *, asked: Collection[str], by: audit.Actor, now: datetime) -> None:
    """Nothing is remembered of it but the event."""
    _record("consent.denied", client, {"scope": " ".join(asked)}, by=by, now=now)


@transaction.atomic
def withdraw(user: User, client: Client, *, by: audit.Actor, now: datetime) -> int:
    """Forget the consent and end every authorization of this user at this client; how many lived.

    The consent goes first: a request that was about to use it has either passed its gate, and its family is seen
    here, or finds the gate closed.
    """
    forgotten, _ = Consent.objects.filter(user=user, application=client).delete()
    ended = families.revoke_all(user_pk=user.pk, client_pk=client.pk, now=now)
    if forgotten or ended:
        _record("consent.withdrawn", client, {"authorizations": ended}, by=by, now=now)
    return ended


def _record(kind: str, client: Client, detail: Mapping[str, object], *, by: audit.Actor, now: datetime) -> None:
    audit.record(kind, actor=by, subject=audit.Subject("client", client.pk, client.client_id), detail=detail, at=now)
