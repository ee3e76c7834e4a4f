"""For any WSGI application (PEP 3333): nothing behind it is reached without a token that holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from tokens.resource_server.answers import Refusal
from tokens.resource_server.guard import ResourceServer

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
ENVIRON_KEY = "resource_server.token"


class RequireScope:
    """Middleware: `RequireScope(application, server, "orders.read")`. The token stands in `environ[ENVIRON_KEY]`."""

    def __init__(self, application: Application, server: ResourceServer, *needed: str) -> None:
        self._application, self._server, self._needed = application, server, needed

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        decided = self._server.decide(environ.get("HTTP_AUTHORIZATION"), *self._needed)
        if isinstance(decided, Refusal):
            start_response(f"{decided.status} {HTTPStatus(decided.status).phrase}", decided.all_headers)
            return [decided.body]
        environ[ENVIRON_KEY] = decided
        return self._application(environ, start_response)
