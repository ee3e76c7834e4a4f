"""Makes what an event carries storable in both databases, whoever wrote it.

PostgreSQL takes no NUL in text and no lone surrogate; neither may turn a refusal into a fault of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\ufffd"


def storable_text(text: str, *, longest: int | None = None) -> str:
    """`text` with what no database stores replaced, cut to `longest` characters."""
    return _UNSTORABLE.sub(REPLACEMENT, text[:longest])


def storable(value: Any, *, longest: int | None = None) -> Any:
    """`value` as plain JSON: mappings, lists, text, whole numbers, booleans and null; everything else as text.

    Fractions become text too: the two databases write them differently, and a hash is taken over them.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {storable_text(str(key)): storable(item, longest=longest) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item, longest=longest) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(storable(item, longest=longest) for item in value)
    return storable_text(str(value), longest=longest)
