"""What ends with a client (R47), and what is purged when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from clients.life import lifecycle
from clients.models import Client
from tests.tokens.registry import make_client
from tokens import purging
from tokens.models import AccessToken


def issue(client: Client, **fields: object) -> AccessToken:
    number = AccessToken.objects.count()
    values = {"token_hash": number.to_bytes(32), "client_epoch": client.token_epoch, "user_epoch": 0, **fields}
    token: AccessToken = AccessToken.objects.create(application=client, scope="ping", resource="", **values)
    return token


@pytest.mark.django_db
def test_r47_a_deletion_says_how_many_live_tokens_it_ends() -> None:
    client, _ = make_client()
    now = timezone.now()
    issue(client, expires=None)
    issue(client, expires=now + timedelta(hours=1))
    issue(client, expires=now - timedelta(seconds=1))
    issue(client, expires=None, revoked_at=now)
    issue(client, expires=None, client_epoch=client.token_epoch + 1)
    assert "2 live tokens" in [str(breakage) for breakage in lifecycle.what_breaks(client)]


@pytest.mark.django_db
def test_tokens_go_a_month_after_their_expiry_and_those_that_never_expire_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    client, _ = make_client()
    now = timezone.now()
    for days in (31, 40, 400):
        issue(client, expires=now - timedelta(days=days))
    kept = [issue(client, expires=now - timedelta(days=29)).pk, issue(client, expires=None).pk]
    assert purging.purge_expired(now) == 3
    assert sorted(AccessToken.objects.values_list("pk", flat=True)) == sorted(kept)
    assert purging.purge_expired(now) == 0
