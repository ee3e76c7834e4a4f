"""Makes what an event carries storable in both databases, whoever wrote it.

PostgreSQL takes no NUL in text and no lone surrogate; neither may turn a refusal into a fault of ours. And people swap
things: a client sends its secret as its id, or a token as its scope. What has the form of a credential is hidden here,
since an event is kept for years and read by many.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\ufffd"
# Client secrets, tokens, set-up links: a prefix of this server's and 43 characters or more.
_CREDENTIAL = re.compile("as[a-z]_[0-9A-Za-z_]{43,}")
LONGEST_CREDENTIAL = 100
HIDDEN = "[hidden]"


def storable_text(text: str, *, longest: int | None = None) -> str:
    """`text` with what no database stores replaced and credentials hidden, cut to `longest` characters."""
    looked_at = text if longest is None else text[: longest + LONGEST_CREDENTIAL]
    return _UNSTORABLE.sub(REPLACEMENT, _CREDENTIAL.sub(HIDDEN, looked_at)[:longest])


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
