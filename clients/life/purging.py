"""Purging clients that were deleted long ago (R47), in batches, from the maintenance loop.

A client goes once nothing refers to it any more: the rooms above purge what was issued to it. Its id and number stay
as a tombstone, and its service account's row stays deleted, so that nobody is ever given its names again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

import audit
from clients.life.lifecycle import REMAINS, RESTORABLE_FOR
from clients.models import Client, PurgedClient
from clients.writing import record

BATCH = 200
MOST_BATCHES = 50  # a run; what is left waits for the next one


def purge_deleted(now: datetime) -> int:
    """Purge the clients whose time to be restored is over. Returns how many went."""
    gone, last = 0, 0
    for _ in range(MOST_BATCHES):
        due = Client.objects.filter(deleted_at__lte=now - RESTORABLE_FOR, is_system=False, pk__gt=last)
        numbers = list(due.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not numbers:
            break
        gone += _purge(numbers, now=now)
        last = numbers[-1]
    return gone


@transaction.atomic
def _purge(numbers: Sequence[int], *, now: datetime) -> int:
    """Locked, so that nobody restores one meanwhile; SQLite's transaction is a lock by itself."""
    waiting = set().union(*(remain(numbers) for remain in REMAINS))
    ready = [number for number in numbers if number not in waiting]
    still_due = Client.objects.select_for_update().filter(pk__in=ready, deleted_at__lte=now - RESTORABLE_FOR)
    clients = list(still_due)
    PurgedClient.objects.bulk_create(
        PurgedClient(number=client.pk, client_id=client.client_id, purged_at=now) for client in clients
    )
    for client in clients:
        record("client.purged", client, audit.SYSTEM, now, detail={"deletedBy": client.deleted_by})
    Client.objects.filter(pk__in=[client.pk for client in clients]).delete()
    return len(clients)
