"""Secrets of documents, tried and hashed before the transaction: SQLite's one writer must not wait for Argon2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from clients.models import Client, ClientSecret
from clients.rules.client_ids import client_id_fault
from clients.secrets import credentials


@dataclass(frozen=True, kw_only=True)
class PreparedSecret:
    """A row's secret beside the key ids of the live ones that were stored then.

    `same`: it is the only one of them. `hash` None: it needs none, or no rule lets it through.
    """

    compared_with: frozenset[str]
    same: bool
    hash: str | None = field(repr=False)


def prepare_secrets(rows: Iterable[object], *, now: datetime) -> dict[str, PreparedSecret]:
    """By client id, for every row whose secret could be one. What is no client or no secret is refused elsewhere."""
    prepared = {}
    for client_id, secret in _given(rows):
        client_pk = Client.objects.filter(client_id=client_id).values_list("pk", flat=True).first()
        live = credentials.live_secrets(client_pk, now=now) if client_pk is not None else []
        same = len(live) == 1 and credentials.find(secret, live) is not None
        prepared[client_id] = PreparedSecret(
            compared_with=frozenset(row.key_id for row in live), same=same, hash=None if same else _hash(secret)
        )
    return prepared


def _given(rows: Iterable[object]) -> Iterable[tuple[str, str]]:
    for row in rows:
        if not isinstance(row, Mapping):
            continue
        client_id, secret = row.get("clientId"), row.get("clientSecret")
        if not (isinstance(client_id, str) and isinstance(secret, str) and secret.isascii()):
            continue
        if client_id_fault(client_id) is None:
            yield client_id, secret


def _hash(secret: str) -> str | None:
    """None for a secret that no rule lets through: it costs no run."""
    try:
        credentials.check_custom(secret)
    except credentials.WeakSecret:
        return None
    return credentials.hash_secret(secret)


def already_has(client: Client, secret: str, prepared: PreparedSecret | None, *, now: datetime) -> bool:
    """Whether `secret` is the one live secret of the client: applying it again changes nothing.

    What was prepared counts while the client's secrets are those of then; otherwise it is tried anew.
    """
    rows = ClientSecret.objects.filter(client=client, revoked_at=None).only("key_id", "expires_at")
    live = frozenset(row.key_id for row in rows if row.expires_at is None or row.expires_at > now)
    if prepared is not None and prepared.compared_with == live:
        return prepared.same
    found = credentials.live_secrets(client.pk, now=now)
    return len(found) == 1 and secret.isascii() and credentials.find(secret, found) is not None
