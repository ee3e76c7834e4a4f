"""What is wrong with a document, and where; and what is worth a warning."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_LISTED = 200


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`path` is like `users[1].email`; `line` is counted from 1 where the value is a list of lines."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.path} line {self.line}" if self.line is not None else self.path
        return printable(f"{where}: {self.message}")


class DocumentRefused(Exception):
    """Every fault of a document; nothing of it was applied."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def at(path: str, messages: Iterable[tuple[str, str]]) -> DocumentRefused:
    """Faults of one row, as pairs of key and sentence."""
    return DocumentRefused([Fault(path=f"{path}.{key}", message=text) for key, text in messages])


def row_of(path: str) -> str:
    """The row that a path lies in: `users[1]` for `users[1].email`, `settings` for `settings.requireHttps`."""
    found = re.match(r"[^.\[]*(?:\[\d+\])?", path)
    return found.group() if found else path


def printable(text: str) -> str:
    """`text` without what would command a terminal: a document may come from anywhere."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
