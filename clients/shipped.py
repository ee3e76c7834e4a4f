"""The clients that a server has from `migrate` on (R61): system-owned, protected, without a secret anybody knows.

In development mode a client `test` with the secret `test` is there too. A store that holds it must never be served
in production; the start-up check asks `test_client_present`.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from clients import service_accounts
from clients.models import Client, ClientSecret
from clients.rules import grant_types
from clients.rules.names import name_key
from clients.secrets import credentials

TEST_CLIENT = "test"
SYSTEM_CLIENTS = {
    "admin": "The server's own console and management.",
    "push": "The server's own notifications to others.",
}


def put_in_place() -> None:
    """Create what is missing."""
    for client_id, description in SYSTEM_CLIENTS.items():
        _ensure(client_id, description=description)
    if settings.AUTHSERVER.development:
        _ensure_test_client()


def test_client_present() -> bool:
    """Whether the store holds the development client, deleted or not."""
    return bool(Client.objects.filter(client_id=TEST_CLIENT, is_system=True).exists())


def _ensure_test_client() -> None:
    """It acts as a service account like any confidential client, so that its tokens can be tried out."""
    client, created = _ensure(
        TEST_CLIENT,
        description="For trying things out in development mode. Its secret is known to everybody.",
        allowed_scope="*",
    )
    if created:
        client.service_account = service_accounts.ensure(client_id=TEST_CLIENT)
        client.save(update_fields=["service_account"])
        # R13 excepts this one secret from the minimum strength, so it does not go through `credentials.issue`.
        secret = credentials.hash_secret(TEST_CLIENT)
        ClientSecret.objects.create(client=client, key_id="test", hash=secret, custom=True, created_by="system")


def _ensure(client_id: str, **columns: Any) -> tuple[Client, bool]:
    found: tuple[Client, bool] = Client.objects.get_or_create(
        client_id=client_id,
        defaults={
            "name": client_id,
            "name_key": name_key(client_id, ""),
            "client_type": Client.CLIENT_CONFIDENTIAL,
            "grant_types": grant_types.CLIENT_CREDENTIALS,
            "is_system": True,
            "is_protected": True,
            "protected_reason": "It belongs to the server itself.",
            "protected_by": "system",
            "protected_at": timezone.now(),
            **columns,
        },
    )
    return found
