"""When and from where clients and their secrets were last used: gathered in the worker, written every few seconds.

A hot path must not write a second row a request. What a killed worker had not yet written is lost; these are facts
for people, not for decisions.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, Q, Value
from django.db.models.functions import Coalesce

from clients.models import Client, ClientKey, ClientSecret


@dataclass(frozen=True, kw_only=True)
class Use:
    """The latest use of one client through one secret or key (neither: a public client)."""

    at: datetime
    address: str


_lock = threading.Lock()
_uses: dict[tuple[int, int, str], Use] = {}  # by client, secret (0: none) and the thumbprint of a key
MOST = 50_000


def note(*, client_pk: int, secret_pk: int | None, address: str, now: datetime, key: str = "") -> None:
    """Remember a use; nothing is written yet. Past MOST clients between two flushes, further ones are let go."""
    by = (client_pk, secret_pk or 0, key)
    with _lock:
        if len(_uses) < MOST or by in _uses:
            _uses[by] = Use(at=now, address=address)


def flush() -> int:
    """Write what was gathered, never moving a time backwards; returns how many rows of use there were."""
    with _lock:
        gathered = dict(_uses)
        _uses.clear()
    with transaction.atomic():
        for (client_pk, secret_pk, key), use in sorted(gathered.items(), key=lambda item: item[0]):
            older = Q(last_used_at=None) | Q(last_used_at__lt=use.at)
            Client.objects.filter(older, pk=client_pk).update(last_used_at=use.at)
            if key:
                _write_key(client_pk, key, use)
            if secret_pk:
                first = Coalesce("first_used_at", Value(use.at, output_field=DateTimeField()))
                ClientSecret.objects.filter(older, pk=secret_pk).update(
                    first_used_at=first, last_used_at=use.at, last_used_from=use.address
                )
    return len(gathered)


def _write_key(client_pk: int, thumbprint: str, use: Use) -> None:
    """Of a key that the client publishes itself, the first use is how it becomes known."""
    used = {"last_used_at": use.at, "last_used_from": use.address}
    key = ClientKey.objects.filter(client=client_pk, thumbprint=thumbprint)
    older = Q(last_used_at=None) | Q(last_used_at__lt=use.at)
    if key.filter(older).update(**used) or key.exists():
        return
    if Client.objects.filter(pk=client_pk).exclude(client_jwks_uri="").exists():
        ClientKey.objects.create(client_id=client_pk, thumbprint=thumbprint, since=use.at, **used)
