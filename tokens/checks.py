"""What `manage.py check --database default` and `migrate` say of this package's data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import Error as DatabaseError

from tokens.signing_keys.rotation import unreadable

SEALED_BY_ANOTHER = (
    "The store's signing keys were sealed with another AUTHSERVER_SECRET_KEY. Add that one to the list, "
    "or let `manage.py rotate_keys` make new keys."
)


def signing_keys_open(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A store that is not migrated yet has none."""
    if not databases:
        return []
    try:
        closed = unreadable()
    except DatabaseError:
        return []
    return [Error(SEALED_BY_ANOTHER, hint=f"Not opened: {', '.join(closed)}.", id="tokens.E001")] if closed else []
