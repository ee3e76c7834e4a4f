"""A plan as people read it, in the manner of Terraform: what is added, what is changed, old → new."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from authserver.configuration.sections import Change

SIGNS = {"add": "+", "change": "~"}
LONGEST_VALUE = 120


def plan_text(changes: Iterable[Change]) -> str:
    """Lines of the plan and its sum. Secrets and passwords never stand in a change's values."""
    listed = list(changes)
    if not listed:
        return "Nothing to change: the server is what the document says."
    added = sum(change.action == "add" for change in listed)
    return "\n".join([*_lines(listed), "", f"{added} to add, {len(listed) - added} to change."])


def _lines(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        yield f"{SIGNS[change.action]} {change.section} {change.name}"
        for key, (old, new) in change.changes.items():
            yield f"    {key}: {_shown(new)}" if change.action == "add" else f"    {key}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    printable = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return printable if len(printable) <= LONGEST_VALUE else printable[: LONGEST_VALUE - 1] + "…"
