"""What signing in interrupts: another page, or an application's request that goes on afterwards.

The rooms above know what stands behind the address to which a person goes on; they say so through `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Continuation:
    """`form_action`: where the answer to the sign-in form may lead besides this server, for its CSP.

    `asked_at`: whoever has signed in before that moment does so again. `username`: whom the application expects.
    """

    application: str = ""
    form_action: str = ""
    asked_at: datetime | None = None
    username: str = ""


NOTHING = Continuation()
# Filled by upper apps: each reads the address of its own, and answers None for any other.
READERS: list[Callable[[str], Continuation | None]] = []


def behind(address: str) -> Continuation:
    """What goes on at `address` after signing in."""
    if not address:
        return NOTHING
    found = (read(address) for read in READERS)
    return next((one for one in found if one is not None), NOTHING)
