"""Django's test client over the real WSGI application."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler


class EdgeHandler(ClientHandler):
    """Machine addresses go the way of `authserver.edge`; pages go Django's, where the client sees templates."""

    def __call__(self, environ: dict[str, Any]) -> Any:
        from authserver.machine_addresses import MACHINE_ADDRESSES
        from authserver.wsgi import application

        if environ.get("PATH_INFO") not in MACHINE_ADDRESSES:
            return super().__call__(environ)
        started: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started.update(status=int(status.split()[0]), headers=headers)

        body = b"".join(application(environ, start_response))
        response = HttpResponse(body, status=started["status"], content_type=None)
        del response.headers["Content-Type"]
        for name, value in started["headers"]:
            response[name] = value
        response.wsgi_request = None  # type: ignore[attr-defined]
        return response


class EdgeClient(Client):
    """`EdgeClient().post("/token", {...})`."""

    def __init__(self, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.handler = EdgeHandler(enforce_csrf_checks=False)
