"""Rows as the token endpoint writes them, for the tests of the tokens page."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from clients.models import Client
from tests.clients.people import client_named
from tests.console.html import Page
from tokens.device import codes
from tokens.formats import new_opaque_token, stored_hash
from tokens.models import AccessToken, AuthorizationCode, DeviceCode, RefreshToken, TokenFamily


def access(client: Client, **fields: Any) -> AccessToken:
    """A token that the client holds for itself, unless a family is given."""
    family = fields.get("family")
    row = {
        "token_hash": secrets.token_bytes(32),
        "application": client,
        "user": family.user if family else client.service_account,
        "scope": "orders.read",
        "client_epoch": client.token_epoch,
        "created": timezone.now(),
        "expires": timezone.now() + timedelta(hours=1),
        **fields,
    }
    made: AccessToken = AccessToken.objects.create(**row)
    return made


def valued(client: Client, **fields: Any) -> tuple[AccessToken, str]:
    """With its value, which is kept nowhere."""
    value = new_opaque_token(timezone.now() + timedelta(hours=1))
    return access(client, token_hash=stored_hash(value), **fields), value


def family(client: Client, user: User, **fields: Any) -> TokenFamily:
    now = timezone.now()
    row = {
        "application": client,
        "user": user,
        "scope": "orders.read openid",
        "client_epoch": client.token_epoch,
        "user_epoch": user.token_epoch,
        "created": now,
        "expires": now + timedelta(days=30),
        **fields,
    }
    return TokenFamily.objects.create(**row)


def refreshed(client: Client, user: User, *, times: int, start: datetime | None = None) -> TokenFamily:
    """A family from its code on, refreshed so often, an hour apart."""
    at = start or timezone.now() - timedelta(hours=times, minutes=5)
    whole = family(client, user, created=at)
    AuthorizationCode.objects.create(
        code_hash=secrets.token_bytes(32), application=client, user=user, family=whole, redirect_uri="https://a.example/",
        created=at, expires=at + timedelta(minutes=1), consumed_at=at + timedelta(seconds=20),
    )  # fmt: skip
    moment = at + timedelta(seconds=20)
    for generation in range(times + 1):
        following = moment + timedelta(hours=1)
        access(client, family=whole, created=moment, expires=moment + timedelta(hours=1))
        RefreshToken.objects.create(
            token_hash=secrets.token_bytes(32), application=client, user=user, family=whole, generation=generation,
            created=moment, expires=whole.expires, consumed_at=following if generation < times else None,
        )  # fmt: skip
        moment = following
    return whole


def device(client: Client, **fields: Any) -> DeviceCode:
    row = {
        "device_code_hash": secrets.token_bytes(32),
        "user_code_hash": secrets.token_bytes(32),
        "application": client,
        "client_epoch": client.token_epoch,
        "scope": "orders.read",
        "expires": timezone.now() + codes.LIFETIME,
        **fields,
    }
    made: DeviceCode = DeviceCode.objects.create(**row)
    return made


@dataclass
class Scene:
    """A client of `owner` with one token of its own."""

    client: Client
    token: AccessToken


def scene() -> Scene:
    client = client_named("Courier app", owner="owner")
    return Scene(client=client, token=access(client))


def refresh_tokens_of(whole: TokenFamily) -> list[int]:
    return list(RefreshToken.objects.filter(family=whole).order_by("pk").values_list("pk", flat=True))


def code_of(whole: TokenFamily) -> int:
    return int(AuthorizationCode.objects.get(family=whole).pk)


def ids(page: str) -> list[str]:
    """Those of the list's rows."""
    return [link.text for link in Page(page).all("a", class_="lead mono")]
