"""What the linter must know of the scope catalogue, which is above this room: the seam that `policies` fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Covered:
    """What a pattern of an allowed scope covers now: names of the catalogue, and which of them are sensitive."""

    pattern: str
    names: tuple[str, ...]
    sensitive: tuple[str, ...]


Cover = Callable[[str], Covered]
# Each reads the catalogue once, in one statement, and returns what answers for every pattern of a whole pass.
READERS: list[Callable[[], Cover]] = []
