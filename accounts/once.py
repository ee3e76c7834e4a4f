"""Something secret on its way to the one page that shows it.

Between the POST that makes it and the GET that shows it, it lies in the session encrypted with a key derived from
AUTHSERVER_SECRET_KEY: neither the database nor a dump of it holds anything readable. The first GET takes it out, so
reloading finds nothing. It is bound to what it is about and to its session's user, and lapses after ten minutes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from accounts.key_derivation import derived_keys

LASTS = 600  # seconds


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A place in sessions: `name` there, `label` of its own key."""

    name: str
    label: str

    def put(self, session: MutableMapping[str, Any], content: list[Any], *, about: int, user_pk: int) -> None:
        """Lay JSON `content` into the session."""
        sealed = self._box().encrypt(json.dumps([about, user_pk, *content]).encode()).decode()
        session[self.name] = {**session.get(self.name, {}), str(about): sealed}

    def take(self, session: MutableMapping[str, Any], *, about: int, user_pk: int) -> list[Any] | None:
        """The content, once: afterwards it is nowhere. None where there is none (any more)."""
        shelf = dict(session.get(self.name, {}))
        sealed = shelf.pop(str(about), None)
        if sealed is None:
            return None
        if shelf:
            session[self.name] = shelf
        else:
            del session[self.name]
        try:
            of_what, for_user, *content = json.loads(self._box().decrypt(sealed.encode(), ttl=LASTS))
        except (InvalidToken, ValueError):  # ValueError: laid in by another version of the server
            return None
        return content if (of_what, for_user) == (about, user_pk) else None

    def _box(self) -> MultiFernet:
        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived_keys(self.label)])
