"""The simulator's page and the real server's endpoints, held against each other over HTTP on a sample (issue 6)."""

from __future__ import annotations

import json
import random
import re
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.authorizing import Browser
from tests.protocol.caller import Caller, basic

PASSWORD = "correct-horse-battery-staple-9"
SECRET = "a-secret-of-its-own-0123456789-abcdef"
SCOPES = (
    "",
    "orders.read",
    "orders.write",
    "orders.read orders.write",
    "authorization.introspect",
    "unknown",
    "orders.*",
)
CLIENTS: dict[str, dict[str, Any]] = {
    "plain": {"allowedScope": "orders.*"},
    "narrow": {"allowedScope": "orders.read authorization.introspect"},
    "inside": {"allowedScope": "*", "allowedIpRules": [{"cidr": "10.0.0.0/8", "action": "allow", "note": ""}]},
    "here": {"allowedScope": "*", "allowedIpRules": [{"cidr": "127.0.0.0/8", "action": "allow", "note": ""}]},
    "off": {"allowedScope": "*", "active": False},
    "codes": {
        "allowedScope": "*",
        "grants": ["authorization_code"],
        "redirectUris": ["https://codes.example/back"],
    },
    "by-body": {"allowedScope": "*", "tokenEndpointAuthMethod": "client_secret_post"},
}
ASKED = [
    *(("token", client, scope) for client, scope in product(CLIENTS, SCOPES)),
    *(("introspect", client, "") for client in CLIENTS),
    *(("revoke", client, "") for client in CLIENTS),
    *(("device_authorization", client, scope) for client, scope in product(CLIENTS, SCOPES)),
]


@pytest.fixture(scope="module")
def running(server: MakeServer) -> Server:
    started = server(on_postgresql=False)
    clients = [
        {"clientId": name, "name": name, "grants": ["client_credentials"], "clientSecret": f"{name}-{SECRET}", **more}
        for name, more in CLIENTS.items()
    ]
    document = {
        "users": [{"username": "mara", "password": PASSWORD, "isSuperuser": True}],
        "apis": [{"name": "Orders", "audience": "https://orders.example"}],
        "scopes": [{"name": "orders.read", "api": "Orders"}, {"name": "orders.write", "api": "Orders"}],
        "clients": clients,
    }
    started.manage("apply", "-", text=json.dumps(document))
    return started


def test_the_simulators_page_and_the_server_give_the_same_answer(running: Server) -> None:
    """One for one: status and error code, of a fixed sample of every kind of request."""
    browser = Browser(running.url)
    browser.sign_in("mara", password=PASSWORD)
    sample = random.Random(6).sample(ASKED, k=min(120, len(ASKED)))
    machine = Caller(running.url)
    differ = [
        (asked, real, simulated)
        for asked in sample
        if (real := production(machine, *asked)) != (simulated := simulator(browser, *asked))
    ]
    assert differ == []


def production(machine: Caller, endpoint: str, client: str, scope: str) -> tuple[int, str]:
    form = {"scope": scope} if scope else {}
    form |= {"grant_type": "client_credentials"} if endpoint == "token" else {}
    form |= {"token": "nothing"} if endpoint in ("introspect", "revoke") else {}
    answer = machine.post(f"/{endpoint}", form, authorization=basic(client, f"{client}-{SECRET}"))
    return answer.status, str(answer.json.get("error", "")) if answer.text else ""


def simulator(browser: Browser, endpoint: str, client: str, scope: str) -> tuple[int, str]:
    """What stands in the page's answer: its first line, and the error in its body."""
    asked = {"client": client, "endpoint": endpoint, "grant": "client_credentials", "scope": scope,
             "address": "127.0.0.1", "authentication": "client_secret_basic"}  # fmt: skip
    page = browser.get(f"/policies/?{urlencode(asked)}").text
    status = re.search(r"HTTP/1\.1 (\d{3})", page)
    error = re.search(r"&quot;error&quot;: &quot;(\w+)&quot;", page)
    assert status, page
    return int(status[1]), error[1] if error else ""
