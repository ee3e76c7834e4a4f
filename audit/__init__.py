"""Append-only, hash-chained events: recording them, sealing them in order, reading and verifying them.

This is the lowest room: it knows no user, client or token, only their names as text.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.recording import NOTHING, SYSTEM, Actor, Subject, record

__all__ = ["NOTHING", "SYSTEM", "Actor", "Subject", "record"]


def __getattr__(name: str) -> Any:
    """Give the recording's names once Django's models may be loaded (an app's `__init__` runs before that)."""
    if name in __all__:
        from audit import recording

        return getattr(recording, name)
    raise AttributeError(name)
