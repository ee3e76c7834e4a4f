"""What is wrong with a document, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`path` is like `users[1].email`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class DocumentRefused(Exception):
    """Every fault of a document; nothing of it was applied."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def at(path: str, messages: Mapping[str, str]) -> DocumentRefused:
    """Faults of one row, by key."""
    return DocumentRefused([Fault(path=f"{path}.{key}", message=text) for key, text in messages.items()])
