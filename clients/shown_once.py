"""A fresh secret on its way to the one page that shows it (R14).

Between the POST that makes it and the GET that shows it, it lies in the session encrypted with a key derived from
AUTHSERVER_SECRET_KEY: neither the database nor a dump of it holds anything readable. The first GET takes it out, so
reloading finds nothing. It is bound to its client and to its session's user, and lapses after ten minutes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from accounts.key_derivation import derived_keys

LASTS = 600  # seconds
_SHELF = "secrets_to_show_once"


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
    content = json.dumps([client_pk, user_pk, look.occasion, look.secret, look.key_id])
    sealed = _box().encrypt(content.encode()).decode()
    session[_SHELF] = {**session.get(_SHELF, {}), str(client_pk): sealed}


def take(session: MutableMapping[str, Any], *, client_pk: int, user_pk: int) -> Look | None:
    """The look, once: afterwards the secret is nowhere. None where there is none (any more)."""
    shelf = dict(session.get(_SHELF, {}))
    sealed = shelf.pop(str(client_pk), None)
    if sealed is None:
        return None
    if shelf:
        session[_SHELF] = shelf
    else:
        del session[_SHELF]
    try:
        for_client, for_user, *said = json.loads(_box().decrypt(sealed.encode(), ttl=LASTS))
        occasion, secret, key_id = said
    except (InvalidToken, ValueError):  # ValueError: laid in by another version of the server
        return None
    if (for_client, for_user) != (client_pk, user_pk):
        return None
    return Look(occasion=occasion, secret=secret, key_id=key_id)


def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived_keys("secret shown once")])
