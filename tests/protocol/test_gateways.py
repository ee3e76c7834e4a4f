"""A real nginx in front of a small API: the documented configuration asks `/check` about every request (R54, R55)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, Response, basic

DOCUMENTED = Path(__file__).parents[2] / "docs" / "guide" / "gateways" / "nginx.conf"
SECRET = "a-secret-of-the-shop-0123456789"
SHOP = {"clientId": "shop", "name": "shop", "owner": "owner", "type": "confidential", "clientSecret": SECRET,
        "grants": ["client_credentials"], "allowedScope": "orders.*"}  # fmt: skip
DOCUMENT = {
    "users": [{"username": "owner", "password": "a-long-owner-password", "isSuperuser": True}],
    "apis": [{"name": "Orders", "audience": "https://orders.example"}],
    "scopes": [{"name": name, "api": "Orders"} for name in ("orders.read", "orders.write")],
    "clients": [SHOP],
}


@dataclass
class Api:
    """A small API that trusts its gateway, and what it was sent."""

    port: int
    seen: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            named = {name.lower(): value for name, value in self.headers.items()}
            seen.append({"request": f"{self.command} {self.path}", "body": body.decode(), **named})
            self.send_response(500 if self.path.endswith("broken") else 200)
            self.end_headers()
            self.wfile.write(b"orders")

        do_POST = do_DELETE = do_GET  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Api(port=server.server_port, seen=seen)
        server.shutdown()


@pytest.fixture(scope="module")
def running(server: MakeServer) -> Server:
    one = server(TRUSTED_PROXIES="127.0.0.1")
    one.manage("apply", "-", text=json.dumps(DOCUMENT))
    return one


@pytest.fixture
def gateway(nginx: Callable[[str], str], running: Server, api: Api) -> Caller:
    return Caller(nginx(documented(authserver=running.port, api=api.port)))


def documented(*, authserver: int, api: int) -> str:
    """The documented file, with this machine's addresses in place of its own."""
    lines = DOCUMENTED.read_text()
    ours = {"127.0.0.1:8000": f"127.0.0.1:{authserver}", "127.0.0.1:9000": f"127.0.0.1:{api}"}
    for there, here in {**ours, "id.example": "127.0.0.1"}.items():
        assert there in lines
        lines = lines.replace(there, here)
    return lines


@pytest.fixture(scope="module")
def tokens(running: Server) -> dict[str, str]:
    direct = Caller(running.url, authorization=basic("shop", SECRET))
    return {name: direct.token(scope=f"orders.{name}") for name in ("read", "write")}


def test_what_check_answers_reaches_the_caller_through_nginx(
    gateway: Caller, api: Api, tokens: dict[str, str], running: Server
) -> None:
    def ask(token: str | None, method: str = "GET", path: str = "/orders/7?x=1", **headers: str) -> Response:
        shown = {} if token is None else {"Authorization": f"Bearer {tokens.get(token, token)}"}
        body = b"two of them" if method in ("POST",) else None
        return gateway.send(method, path, body, {**shown, **{n.replace("_", "-"): v for n, v in headers.items()}})

    passed = ask("read", X_Auth_Client="somebody-else", X_Original_Method="DELETE")
    assert (passed.status, passed.text) == (200, "orders")
    assert api.seen[-1]["request"] == "GET /orders/7?x=1"
    named = {name: api.seen[-1][f"x-auth-{name}"] for name in ("client", "subject", "scope")}
    assert named == {"client": "shop", "subject": "shop", "scope": "orders.read"}
    posted = ask("write", "POST")
    assert (posted.status, api.seen[-1]["body"]) == (200, "two of them")
    assert ask("read", path="/orders/broken").status == 500, "the API's own fault is not the gateway's"

    calls = len(api.seen)
    for answer, status, challenge in (
        (ask(None), 401, 'Bearer realm="authserver"'),
        (ask("rubbish"), 401, 'Bearer realm="authserver", error="invalid_token"'),
        (ask("read", "DELETE"), 403, 'Bearer realm="authserver", error="insufficient_scope", scope="orders.write"'),
        (ask("a b"), 400, 'Bearer realm="authserver", error="invalid_request"'),
    ):
        assert (answer.status, answer.headers.get_all("WWW-Authenticate")) == (status, [challenge])
        assert answer.json["reference"] == answer.headers["X-Reference"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert len(api.seen) == calls, "nothing that was refused reaches the API"

    guard = {"clients": [{"clientId": "shop", "allowedIpRules": [{"cidr": "192.0.2.0/24", "action": "allow"}]}]}
    running.manage("apply", "-", text=json.dumps(guard))
    refused = ask("read", X_Forwarded_For="192.0.2.7")
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (403, None), "a caller does not choose its address"
    budget = {"allowedIpRules": [], "rateLimitRules": [{"method": "GET", "limit": 1, "period": 3600}]}
    running.manage("apply", "-", text=json.dumps({"clients": [{"clientId": "shop", **budget}]}))
    assert ask("read").status == 200
    calls, over = len(api.seen), ask("read")
    assert (over.status, over.json["reference"], len(api.seen)) == (429, over.headers["X-Reference"], calls)
    assert 3000 < int(over.headers["Retry-After"]) <= 3600, "R41: the budget is met at the gateway, by its method"
    assert ask("write", "POST").status == 200
    running.manage("apply", "-", text=json.dumps({"clients": [{"clientId": "shop", "rateLimitRules": []}]}))


def test_while_the_authorization_server_is_away_nothing_passes(
    nginx: Callable[[str], str], api: Api, tokens: dict[str, str]
) -> None:
    calls = len(api.seen)
    shown = {"Authorization": f"Bearer {tokens['read']}"}
    assert Caller(nginx(documented(authserver=1, api=api.port))).send("GET", "/orders/7", headers=shown).status == 503
    assert len(api.seen) == calls
