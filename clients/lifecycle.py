"""What switching a client off or deleting it will break (R47), asked of the rooms above that know.

The changes themselves are in `clients.registration`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clients.models import Client


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """So many of something will end: `one` and `several` are its words, such as "live token"."""

    count: int
    one: str
    several: str

    @property
    def words(self) -> str:
        """The word for this many."""
        return self.one if self.count == 1 else self.several

    def __str__(self) -> str:
        return f"{self.count} {self.words}"


# Filled by the apps above, `tokens` first: each says what of its own ends with a client.
BLAST_RADIUS: list[Callable[[Client], Breakage]] = []


def what_breaks(client: Client) -> list[Breakage]:
    """Everything that ends with `client`; that there is nothing of a kind is worth knowing too."""
    return [ask(client) for ask in BLAST_RADIUS]
