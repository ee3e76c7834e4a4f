"""A small registry by the ORM, and the edge called without a socket: for tests that count statements or runs."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import urlencode

from django.utils import timezone

import audit
from accounts.models import User
from authserver.edge import Edge
from clients.models import Client
from clients.secrets import credentials
from policies import client_memory
from policies.models import Api, Scope
from tokens.verified_secrets import memory

_edge = Edge(lambda _, __: [])


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict, compare=False, repr=False)


def make_client(client_id: str = "service", **fields: Any) -> tuple[Client, str]:
    """A confidential client with client credentials, its service account and one secret."""
    owner, _ = User.objects.get_or_create(username="owner")
    client = Client.objects.create(
        **{
            "client_id": client_id,
            "name": client_id,
            "name_key": client_id,
            "client_type": "confidential",
            "grant_types": "client_credentials",
            "allowed_scope": "ping authorization.introspect orders.*",
            "owner": owner,
            "service_account": User.objects.create(username=client_id, kind=User.Kind.SERVICE),
            **fields,
        }
    )
    return client, credentials.issue(client=client, by=audit.SYSTEM, now=timezone.now()).secret


def make_catalogue() -> None:
    orders = Api.objects.create(name="Orders", audience="https://orders.example")
    Scope.objects.create(name="ping", is_default=True)
    Scope.objects.create(name="orders.read", api=orders)
    Scope.objects.get_or_create(name="authorization.introspect")


def forget_everything() -> None:
    """What a new worker knows: nothing."""
    memory.clear()
    client_memory.forget()


def post(path: str, form: dict[str, str], *, client_id: str, secret: str, stream: BinaryIO | None = None) -> Answer:
    """By HTTP Basic. `stream` stands in for the form's own, of the same length."""
    basic = "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()
    return post_as(basic, path, form, stream=stream)


def post_as(authorization: str, path: str, form: dict[str, str], *, stream: BinaryIO | None = None) -> Answer:
    """A form, with this Authorization header."""
    body = urlencode(form).encode()
    said = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body))}
    return _call("POST", path, {**said, "HTTP_AUTHORIZATION": authorization}, stream or io.BytesIO(body))


def get(address: str, *, authorization: str, **meta: str) -> Answer:
    """A GET; `meta`: more of the environ."""
    return _call("GET", address, {"HTTP_AUTHORIZATION": authorization, **meta}, io.BytesIO())


def _call(method: str, address: str, meta: dict[str, str], stream: BinaryIO) -> Answer:
    """Through the edge, as granian would call it."""
    path, _, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "wsgi.url_scheme": "http",
        "wsgi.input": stream,
        **meta,
    }
    seen: list[tuple[str, list[tuple[str, str]]]] = []
    content = b"".join(_edge(environ, lambda status, headers: seen.append((status, headers))))
    status, headers = seen[0]
    return Answer(status=int(status.split()[0]), body=json.loads(content), headers=dict(headers))
