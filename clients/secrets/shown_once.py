"""A fresh secret on its way to the one page that shows it (R14)."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal

from accounts.once import Shelf

_SHELF = Shelf(name="secrets_to_show_once", label="secret shown once")


Occasion = Literal["registered", "reset", "rotated", "confidential"]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the page may show, once: on which occasion, and the secret (None for a public client).

    `key_id` None: of the client's newest secret.
    """

    occasion: Occasion
    secret: str | None = field(repr=False)
    key_id: str | None = None


def put(session: MutableMapping[str, Any], look: Look, *, client_pk: int, user_pk: int) -> None:
    """Lay `look` into the session."""
    _SHELF.put(session, [look.occasion, look.secret, look.key_id], about=client_pk, user_pk=user_pk)


def take(session: MutableMapping[str, Any], *, client_pk: int, user_pk: int) -> Look | None:
    """The look, once: afterwards the secret is nowhere. None where there is none (any more)."""
    said = _SHELF.take(session, about=client_pk, user_pk=user_pk)
    if said is None or len(said) != 3:  # laid in by another version of the server
        return None
    occasion, secret, key_id = said
    return Look(occasion=occasion, secret=secret, key_id=key_id)
