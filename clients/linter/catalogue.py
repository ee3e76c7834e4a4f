"""What the linter must know of the scope catalogue and of use, both above this room: seams that `policies` fills."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clients.linter.linted import Used


@dataclass(frozen=True, kw_only=True)
class Covered:
    """What a pattern of an allowed scope covers now: names of the catalogue, and which of them are sensitive."""

    pattern: str
    names: tuple[str, ...]
    sensitive: tuple[str, ...]


Cover = Callable[[str], Covered]
# Each reads the catalogue once, in one statement, and returns what answers for every pattern of a whole pass.
READERS: list[Callable[[], Cover]] = []

UsedFrom = Mapping[int, tuple[str, ...]]
# Each tells of clients, by their numbers, from which networks they were used lately; one statement for all of them.
USE_READERS: list[Callable[[Collection[int], datetime], UsedFrom]] = []
# Each tells of clients, by their numbers, which scopes, grants and redirect URIs they used lately.
USED_READERS: list[Callable[[Collection[int], datetime], Mapping[int, Used]]] = []
