"""What switching a client off or deleting it will break (R47), asked of the rooms above that know.

The changes themselves are in `clients.registration`.
"""

from __future__ import annotations

from collections.abc import Callable

from accounts.leaving import Breakage as Breakage
from clients.models import Client

# Filled by the apps above, `tokens` first: each says what of its own ends with a client.
BLAST_RADIUS: list[Callable[[Client], Breakage]] = []


def what_breaks(client: Client) -> list[Breakage]:
    """Everything that ends with `client`; that there is nothing of a kind is worth knowing too."""
    return [ask(client) for ask in BLAST_RADIUS]
