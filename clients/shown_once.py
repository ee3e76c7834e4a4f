"""A fresh secret on its way to the one page that shows it (R14).

Between the POST that makes it and the GET that shows it, it lies in the session encrypted with a key derived from
AUTHSERVER_SECRET_KEY: neither the database nor a dump of it holds anything readable. The first GET takes it out, so
reloading finds nothing. It is bound to its client and to its session's user, and lapses after ten minutes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import MutableMapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from accounts.key_derivation import derived_keys

LASTS = 600  # seconds
_SHELF = "secrets_to_show_once"


def put(session: MutableMapping[str, Any], *, client_pk: int, user_pk: int, secret: str) -> None:
    """Lay `secret` into the session for one look."""
    sealed = _box().encrypt(json.dumps([client_pk, user_pk, secret]).encode()).decode()
    session[_SHELF] = {**session.get(_SHELF, {}), str(client_pk): sealed}


def take(session: MutableMapping[str, Any], *, client_pk: int, user_pk: int) -> str | None:
    """The secret, once: afterwards it is nowhere. None where there is none (any more)."""
    shelf = dict(session.get(_SHELF, {}))
    sealed = shelf.pop(str(client_pk), None)
    if sealed is None:
        return None
    if shelf:
        session[_SHELF] = shelf
    else:
        del session[_SHELF]
    try:
        meant_for_client, meant_for_user, secret = json.loads(_box().decrypt(sealed.encode(), ttl=LASTS))
    except InvalidToken:
        return None
    return str(secret) if (meant_for_client, meant_for_user) == (client_pk, user_pk) else None


def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived_keys("secret shown once")])
