"""User names: what one may look like, and whether it is free. People and service accounts share one name space.

A client may bear a name of this space too; the room that knows clients says so through `ALSO_TAKEN_BY`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from accounts.models import User

LONGEST = 255
# Each answers with what else has the name ("A client"), or None. Filled by upper apps in AppConfig.ready.
ALSO_TAKEN_BY: list[Callable[[str], str | None]] = []
# Control characters, halves of surrogate pairs, separators of lines, and invisible commands: none can be seen,
# and some make one name read as another.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def username_fault(username: str) -> str | None:
    """Why nobody can have this name, or None."""
    if not username or len(username) > LONGEST:
        return f"A user name has 1 to {LONGEST} characters."
    if has_unseen(username):
        return "A user name holds no control characters and no invisible ones."
    return "A user name has no space at either end." if username != username.strip() else None


def has_unseen(text: str) -> bool:
    """Whether `text` holds a character that nobody sees, or that a database, a log or a header trips over."""
    return any(unicodedata.category(character) in _UNSEEN for character in text)


def taken_fault(username: str, *, user_pk: int | None = None) -> str | None:
    """Who has this name already, `user_pk` left aside; ask only for a name without `username_fault`."""
    holder_pk = User.objects.filter(username=username).values_list("pk", flat=True).first()
    if holder_pk not in (None, user_pk):
        return "Somebody has this user name already, or had it: names are never given twice."
    holders = (holder(username) for holder in ALSO_TAKEN_BY)
    found = next((what for what in holders if what), None)
    return f"{found} has this name: people and clients share one name space." if found else None
