"""A plain HTTP caller that can also send what no well-behaved client would."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Response:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.text)
        return body

    @property
    def error(self) -> str:
        return str(self.json.get("error", ""))


def basic(client_id: str, secret: str) -> str:
    """An Authorization header; both halves as they are, so that tests encode what they mean to."""
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


class Caller:
    """Sends requests to one server, with one client's credentials where a test does not say otherwise."""

    def __init__(self, url: str, *, authorization: str | None = None) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 80
        self.authorization = authorization

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            return Response(status=answer.status, headers=answer.headers, text=answer.read().decode())
        finally:
            connection.close()

    def post(
        self,
        path: str,
        form: Mapping[str, str] | bytes,
        *,
        authorization: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A form; `authorization` "" sends no such header."""
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        sent = {"Content-Type": FORM, **(headers or {})}
        chosen = self.authorization if authorization is None else authorization
        if chosen:
            sent["Authorization"] = chosen
        return self.send("POST", path, body, sent)

    def token(self, *, scope: str | None = None, authorization: str | None = None) -> str:
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        response = self.post("/token", form, authorization=authorization)
        assert response.status == 200, response.text
        return str(response.json["access_token"])

    def introspect(self, token: str, *, authorization: str | None = None) -> dict[str, Any]:
        response = self.post("/introspect", {"token": token}, authorization=authorization)
        assert response.status == 200, response.text
        return response.json
