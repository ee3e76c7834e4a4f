"""One small API behind each door: WSGI, ASGI, Django, asynchronous Django, Django REST framework."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory, override_settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from tokens.resource_server import ResourceServer, asgi, for_drf, wsgi
from tokens.resource_server.for_django import require_scope


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def challenge(self) -> str:
        return self.headers.get("www-authenticate", "")

    @property
    def said(self) -> Any:
        return json.loads(self.body)


Door = Callable[..., Answer]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: the one of the tests may have an event loop running, a browser's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def by_wsgi(server: ResourceServer, authorization: str | None, *needed: str) -> Answer:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"sub": environ[wsgi.ENVIRON_KEY].subject}).encode()]

    begun: list[tuple[str, list[tuple[str, str]]]] = []
    environ = {"HTTP_AUTHORIZATION": authorization} if authorization is not None else {}
    body = wsgi.RequireScope(application, server, *needed)(environ, lambda *start: begun.append(start))
    status, headers = begun[0]
    return _answer(int(status.split()[0]), headers, b"".join(body))


def by_asgi(server: ResourceServer, authorization: str | None, *needed: str) -> Answer:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps({"sub": scope[asgi.SCOPE_KEY].subject}).encode()})

    headers = [(b"Authorization", authorization.encode("latin-1"))] if authorization is not None else []
    guarded = asgi.RequireScope(application, server, *needed)
    run(guarded({"type": "http", "headers": headers}, receive, send))
    named = [(name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return _answer(sent[0]["status"], named, sent[1]["body"])


def by_django(server: ResourceServer, authorization: str | None, *needed: str) -> Answer:
    @require_scope(*needed)
    def view(request: HttpRequest) -> HttpResponse:
        return JsonResponse({"sub": request.token.subject})  # type: ignore[attr-defined]

    with override_settings(RESOURCE_SERVER=server):
        return _of_django(view(RequestFactory().get("/", headers=_headers(authorization))))


def by_asynchronous_django(server: ResourceServer, authorization: str | None, *needed: str) -> Answer:
    @require_scope(*needed, server=server)
    async def view(request: HttpRequest) -> HttpResponse:
        return JsonResponse({"sub": request.token.subject})  # type: ignore[attr-defined]

    return _of_django(run(view(RequestFactory().get("/", headers=_headers(authorization)))))


def by_rest_framework(server: ResourceServer, authorization: str | None, *needed: str) -> Answer:
    class Orders(APIView):
        authentication_classes = (for_drf.BearerTokens,)
        permission_classes = (for_drf.require_scope(*needed),)

        def get(self, request: Request) -> Response:
            return Response({"sub": request.user.token.subject})

    with override_settings(RESOURCE_SERVER=server):
        response = Orders.as_view()(APIRequestFactory().get("/", headers=_headers(authorization)))
        return _of_django(response.render())


DOORS: dict[str, Door] = {
    "WSGI": by_wsgi,
    "ASGI": by_asgi,
    "Django": by_django,
    "asynchronous Django": by_asynchronous_django,
    "Django REST framework": by_rest_framework,
}


def _headers(authorization: str | None) -> dict[str, str]:
    return {} if authorization is None else {"Authorization": authorization}


def _of_django(response: HttpResponse) -> Answer:
    return _answer(response.status_code, list(response.headers.items()), response.content)


def _answer(status: int, headers: list[tuple[str, str]], body: bytes) -> Answer:
    return Answer(status=status, headers={name.lower(): value for name, value in headers}, body=body)
