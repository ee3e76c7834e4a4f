"""How a client ends: what switching it off or deleting it breaks (R47), and how long a deleted one is kept.

Asked of the rooms above that know. The changes themselves are in `clients.registration`, `clients.life.restoring` and
`clients.life.purging`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.leaving import Breakage as Breakage
from clients.models import Client

RESTORABLE_FOR = timedelta(days=30)

# Filled by the apps above, `tokens` first: each says what of its own ends with a client, or depends on it.
BLAST_RADIUS: list[Callable[[Client], Breakage]] = []
# Filled likewise: which of these clients, by number, still have rows that refer to them.
REMAINS: list[Callable[[Sequence[int]], set[int]]] = []
# The same of many clients together, in one statement each: a bulk action's preview must not ask client by client.
BLAST_RADIUS_TOGETHER: list[Callable[[QuerySet[Client]], Breakage]] = []


def what_breaks(client: Client) -> list[Breakage]:
    """Everything that ends with `client`, none of a kind too; of what depends on it, what there is."""
    asked = [ask(client) for ask in BLAST_RADIUS]
    return [breakage for breakage in asked if breakage.ends or breakage.count]


def what_breaks_together(clients: QuerySet[Client]) -> list[Breakage]:
    """Everything that ends with all of `clients`."""
    return [ask(clients) for ask in BLAST_RADIUS_TOGETHER]


def restorable_until(client: Client) -> datetime:
    """When the time ends in which a deleted client can be restored; afterwards it is purged."""
    if client.deleted_at is None:
        raise ValueError("The client is not deleted.")
    return client.deleted_at + RESTORABLE_FOR
