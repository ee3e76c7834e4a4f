"""A plan as people read it, in the manner of Terraform: what is added, changed (old → new) and removed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from authserver.configuration.changes import Action, Change
from authserver.configuration.faults import printable

SIGNS = {"add": "+", "change": "~", "remove": "-"}
SUMS: dict[bool, dict[Action, str]] = {
    True: {"add": "added", "change": "changed", "remove": "removed"},
    False: {"add": "to add", "change": "to change", "remove": "to remove"},
}
LONGEST_VALUE = 120


def plan_text(changes: Iterable[Change], *, applied: bool) -> str:
    """Lines of the plan and its sum. Secrets and passwords stand in it concealed."""
    listed = list(changes)
    if not listed:
        return "Nothing to change: the server is what the document says."
    return "\n".join([*_lines(listed), "", plan_total(listed, applied=applied)])


def plan_total(changes: list[Change], *, applied: bool) -> str:
    """What was, or will be, added and changed; what is removed only where something is."""
    words = SUMS[applied]
    counts = Counter(change.action for change in changes)
    counted = [f"{counts[action]} {words[action]}" for action in words if counts[action] or action != "remove"]
    return f"{'Applied' if applied else 'Plan'}: {', '.join(counted)}."


def _lines(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        yield printable(f"{SIGNS[change.action]} {change.section} {change.name}")
        for key, old, new in lines_of(change):
            yield f"    {key}: {new}" if change.action == "add" else f"    {key}: {old} → {new}"


def lines_of(change: Change) -> Iterator[tuple[str, str, str]]:
    """Each key with its old and its new value, as text that can be shown."""
    for key, (old, new) in change.changes.items():
        yield key, _shown(old), _shown(new)


def _shown(value: Any) -> str:
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
