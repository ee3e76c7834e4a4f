"""Asking the authorization server about a token (RFC 7662), with a short memory."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus, urlencode

import urllib3

from tokens.resource_server.asking import Asker
from tokens.resource_server.memory import Memory
from tokens.resource_server.token import Token, token_from

LARGEST_ANSWER = 65_536  # bytes


class Introspection:
    """A verifier that asks `endpoint` as the client `client_id`, which needs the scope `authorization.introspect`.

    `remember`: seconds for which a token that held is believed without asking again; a revocation holds everywhere
    after that time. 0 asks each time. `timeout`: seconds for connecting and for each read.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        client_id: str,
        client_secret: str,
        remember: float = 5,
        size: int = 10_000,
        timeout: float = 3,
    ) -> None:
        self._endpoint = endpoint
        # RFC 6749 §2.3.1: both halves are form-encoded before Basic encodes them.
        credentials = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
        self._headers = {
            **urllib3.make_headers(basic_auth=credentials),
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._asker = Asker(timeout=timeout)
        self._memory = Memory(seconds=remember, size=size) if remember > 0 else None

    def verify(self, value: str) -> Token | None:
        """The token if it is active. Raises Unavailable where the server cannot be asked or refuses to answer."""
        remembered = self._memory.recall(value) if self._memory else None
        if remembered is not None:
            return remembered
        said = self._ask(value)
        if said.get("active") is not True:
            return None
        token = token_from(said)
        if self._memory:
            self._memory.keep(value, token)
        return token

    def _ask(self, value: str) -> dict[str, Any]:
        body = urlencode({"token": value, "token_type_hint": "access_token"})
        return self._asker.ask("POST", self._endpoint, body=body, headers=self._headers, largest=LARGEST_ANSWER)
