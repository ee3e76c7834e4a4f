"""Two people changed one client at once: field by field what it was, what each made of it, and what is kept. Pure.

What only one of them touched is kept as that one left it; what both changed differently, a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from clients.facts import DOCUMENT_KEYS, ClientFacts, facts_with, plain_facts

Side = Literal["theirs", "yours", "both"]
SIDES: tuple[Side, ...] = ("theirs", "yours", "both")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One field that somebody changed, in plain values by its document key.

    `known` False: nobody knows any more what it was, so that every difference is to be decided. `both`: the entries
    that are left when each one's additions and removals are carried out; None where that is no third way.
    """

    key: str
    was: Any
    theirs: Any
    yours: Any
    both: Any = None
    known: bool = True

    @property
    def by_them(self) -> bool:
        return not self.known or self.theirs != self.was

    @property
    def by_you(self) -> bool:
        return not self.known or self.yours != self.was

    @property
    def agreed(self) -> bool:
        return bool(self.theirs == self.yours)

    @property
    def undecided(self) -> bool:
        """Whether both changed it, each another way: nobody but a person can tell."""
        return self.by_them and self.by_you and not self.agreed

    @property
    def suggested(self) -> Side | None:
        """What nobody would mind; None where it has to be decided."""
        if self.undecided:
            return None
        return "theirs" if self.by_them else "yours"

    @property
    def sides(self) -> tuple[Side, ...]:
        """What can be chosen."""
        return SIDES if self.both is not None else SIDES[:2]

    def value(self, side: Side) -> Any:
        return {"theirs": self.theirs, "yours": self.yours, "both": self.both}[side]


class Undecided(Exception):
    """Fields that both changed, and nobody has decided."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


def rows(*, was: ClientFacts | None, theirs: ClientFacts, yours: ClientFacts) -> tuple[Row, ...]:
    """Every field that differs from what it was, or between the two where that is not known. Facts are normal."""
    known = was is not None
    befores, afters, mine = plain_facts(was or theirs), plain_facts(theirs), plain_facts(yours)
    found = (
        Row(
            key=key,
            was=befores[key] if known else None,
            theirs=afters[key],
            yours=mine[key],
            both=both_entries(key, was=befores[key], theirs=afters[key], yours=mine[key]) if known else None,
            known=known,
        )
        for key in DOCUMENT_KEYS.values()
    )
    return tuple(row for row in found if not row.agreed or (known and row.theirs != row.was))


def merged(rows: tuple[Row, ...], *, theirs: ClientFacts, choices: Mapping[str, str]) -> ClientFacts:
    """`theirs` with what was chosen, by key; what needs no decision may be left out. Raises Undecided."""
    chosen: dict[str, Any] = {}
    undecided: list[str] = []
    for row in rows:
        side = next((side for side in row.sides if side == choices.get(row.key)), row.suggested)
        if side is None:
            undecided.append(row.key)
        else:
            chosen[row.key] = row.value(side)
    if undecided:
        raise Undecided(undecided)
    return facts_with(theirs, chosen)


def both_entries(key: str, *, was: Any, theirs: Any, yours: Any) -> Any:
    """Both changes of a value with several entries; None where that comes to one of them, or there is no such way."""
    if key == "allowedScope":
        joined = _both(was.split(), theirs.split(), yours.split())
        return None if joined is None else " ".join(joined)
    if not (isinstance(was, list) and isinstance(theirs, list) and isinstance(yours, list)):
        return None
    return _both(was, theirs, yours)


def _both(was: list[Any], theirs: list[Any], yours: list[Any]) -> list[Any] | None:
    kept = [entry for entry in theirs if entry in yours or entry not in was]
    added = [entry for entry in yours if entry not in was and entry not in theirs]
    both = [*kept, *added]
    return None if set(both) in (set(theirs), set(yours)) else both
