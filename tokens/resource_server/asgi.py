"""For any ASGI application: nothing behind it is reached without a token that holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from tokens.resource_server import answers
from tokens.resource_server.answers import Refusal
from tokens.resource_server.guard import ResourceServer
from tokens.resource_server.token import Token

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
SCOPE_KEY = "resource_server.token"


class RequireScope:
    """Middleware: `RequireScope(application, server, "orders.read")`. The token stands in `scope[SCOPE_KEY]`.

    Guards HTTP and WebSocket alike; the look at the token runs in a thread, so that it holds up nobody else.
    """

    def __init__(self, application: Application, server: ResourceServer, *needed: str) -> None:
        self._application, self._server, self._needed = application, server, needed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._application(scope, receive, send)
            return
        decided = await self._decide(scope)
        if isinstance(decided, Refusal):
            await _refuse(scope, decided, send)
            return
        await self._application({**scope, SCOPE_KEY: decided}, receive, send)

    async def _decide(self, scope: Scope) -> Token | Refusal:
        sent = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        if len(sent) > 1:
            return answers.invalid_request(self._server.realm, "There is more than one Authorization header.")
        authorization = sent[0].decode("latin-1") if sent else None
        return await asyncio.to_thread(self._server.decide, authorization, *self._needed)


async def _refuse(scope: Scope, refusal: Refusal, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it is accepted: the server answers 403
        return
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in refusal.all_headers]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.body})
