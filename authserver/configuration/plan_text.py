"""A plan as people read it, in the manner of Terraform: what is added, what is changed, old → new."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from authserver.configuration.changes import Change
from authserver.configuration.faults import printable

SIGNS = {"add": "+", "change": "~"}
LONGEST_VALUE = 120


def plan_text(changes: Iterable[Change], *, applied: bool) -> str:
    """Lines of the plan and its sum. Secrets and passwords stand in it concealed."""
    listed = list(changes)
    if not listed:
        return "Nothing to change: the server is what the document says."
    added = sum(change.action == "add" for change in listed)
    changed = len(listed) - added
    total = f"Applied: {added} added, {changed} changed." if applied else f"Plan: {added} to add, {changed} to change."
    return "\n".join([*_lines(listed), "", total])


def _lines(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        yield printable(f"{SIGNS[change.action]} {change.section} {change.name}")
        for key, (old, new) in change.changes.items():
            yield f"    {key}: {_shown(new)}" if change.action == "add" else f"    {key}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
