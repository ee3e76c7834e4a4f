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

from clients.models import Client, ClientSecret


@dataclass(frozen=True, kw_only=True)
class Use:
    """The latest use of one client through one secret (None: a public client)."""

    at: datetime
    address: str


_lock = threading.Lock()
_uses: dict[tuple[int, int | None], Use] = {}
MOST = 50_000


def note(*, client_pk: int, secret_pk: int | None, address: str, now: datetime) -> None:
    """Remember a use; nothing is written yet. Past MOST clients between two flushes, further ones are let go."""
    with _lock:
        if len(_uses) < MOST or (client_pk, secret_pk) in _uses:
            _uses[client_pk, secret_pk] = Use(at=now, address=address)


def flush() -> int:
    """Write what was gathered, never moving a time backwards; returns how many rows of use there were."""
    with _lock:
        gathered = dict(_uses)
        _uses.clear()
    with transaction.atomic():
        for (client_pk, secret_pk), use in sorted(gathered.items(), key=lambda item: (item[0][0], item[0][1] or 0)):
            older = Q(last_used_at=None) | Q(last_used_at__lt=use.at)
            Client.objects.filter(older, pk=client_pk).update(last_used_at=use.at)
            if secret_pk is not None:
                first = Coalesce("first_used_at", Value(use.at, output_field=DateTimeField()))
                ClientSecret.objects.filter(older, pk=secret_pk).update(
                    first_used_at=first, last_used_at=use.at, last_used_from=use.address
                )
    return len(gathered)
