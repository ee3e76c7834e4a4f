"""Export of every client, taken back by a server that holds only the same people, groups, namespaces and scopes.

Equal documents but for times, sequence number and what R48 conceals: by import (R49) and by `apply`, over real servers.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from clients.documents import importing
from clients.documents.applying import apply_client
from clients.documents.document import to_document
from clients.documents.planning import Planner, plan_client
from clients.models import Client, Namespace
from tests.clients.people import BY, person
from tests.ground.running import MakeServer
from tests.ground.server import Server

GRANTS = ["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code",
          "personal_access_token", "password", "implicit"]  # fmt: skip
NAMES = ["Billing sync", "Größe", "عميل", "🚀 launch", "x" * 255, "O\u0301 combined", "日本語", "a.b-c_d"]
URIS = ["https://a.example/cb", "http://127.0.0.1/cb", "http://[::1]:8080/cb", "com.example.app:/cb",
        "https://a.example/cb?x=1&y=%20"]  # fmt: skip
RULES = [
    {"cidr": "10.0.0.0/8", "action": "allow", "note": "Sites"},
    {"cidr": "2001:db8::/32", "action": "allow", "note": ""},
    {"cidr": "192.0.2.7/32", "action": "deny", "note": "<b>watch</b> deny 1.2.3.4", "mode": "watch"},
]
RATES = [
    {"method": "any", "limit": 2147483647, "period": 2678400, "minDelay": 0, "maxDelay": 0},
    {"method": "GET", "limit": None, "period": None, "minDelay": 0, "maxDelay": 10000},
    {"method": "POST", "limit": 0, "period": 1, "minDelay": 5, "maxDelay": 5, "mode": "watch"},
]
GROUND: dict[str, Any] = {
    "settings": {"legacyGrants": True},
    "users": [{"username": name} for name in ("mara", "tomas", "priya")],
    "groups": [{"name": "Operations", "permissions": ["audit.view"]}],
    "namespaces": [{"name": "finance"}, {"name": "ops"}],
    "scopes": [{"name": "orders.read"}, {"name": "orders.write", "sensitive": True}],
}


def varied(number: int) -> dict[str, Any]:
    """A sound client, different for each number and the same every time."""
    dice = random.Random(number)
    public = dice.random() < 0.3
    possible = [grant for grant in GRANTS if not public or grant not in ("client_credentials", "password")]
    namespaces = dice.sample(["finance", "ops"], dice.randrange(3))
    return {
        "clientId": f"client {number}" if number % 5 == 0 else f"c{number}",
        "name": f"{NAMES[number % len(NAMES)]}"[: 250] + f" {number}",
        "version": dice.choice(["", "1", "2.0", "β"]),
        "displayName": dice.choice(["", 'Any "thing" & <more>']),
        "description": dice.choice(["", "Two\nlines\tand a tab", "<script>alert(1)</script>"]),
        "type": "public" if public else "confidential",
        "grants": dice.sample(possible, dice.randrange(1, len(possible) + 1)),
        "redirectUris": dice.sample(URIS, dice.randrange(1, len(URIS) + 1)),
        "allowedScope": dice.choice(["", "*", "orders.* openid", "orders.read"]),
        "owner": dice.choice(["mara", "tomas", "priya"]),
        "active": dice.random() < 0.8,
        "accessTokenLifetime": dice.choice(["global", "never", 1, 2_147_483_647]),
        "refreshLimit": dice.choice(["unlimited", 0, 7, 2_147_483_647]),
        "refreshGrace": dice.choice([0, 10, 600]),
        "pkceRequired": public or dice.random() < 0.5,
        "namespaces": namespaces,
        "primaryNamespace": namespaces[-1] if namespaces else None,
        "apiPermissions": [] if public else dice.sample(["clients.view", "audit.view"], dice.randrange(3)),
        "allowedIpRules": dice.sample(RULES, dice.randrange(len(RULES) + 1)),
        "networkRulesAtAuthorize": dice.random() < 0.5,
        "rateLimitRules": [rule for rule in RATES if dice.random() < 0.5],
        "softDeleted": False,
    }  # fmt: skip


CLIENTS = [varied(number) for number in range(40)]


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in ("id", "meta")}


def told() -> dict[str, dict[str, Any]]:
    clients = Client.objects.filter(is_system=False, deleted_at=None).select_related("owner", "service_account")
    return {client.client_id: comparable(json.loads(json.dumps(to_document(client)))) for client in clients}


def forget_clients() -> None:
    """Only what is not a client stays."""
    Client.objects.filter(is_system=False).delete()
    User.objects.filter(kind=User.Kind.SERVICE).exclude(username="test").delete()


@pytest.fixture
def ground(db: None) -> User:
    from accounts import server_settings

    server_settings.change(by=BY, values={"legacyGrants": True})
    for user in GROUND["users"]:
        person(user["username"])
    Namespace.objects.bulk_create(Namespace(name=row["name"]) for row in GROUND["namespaces"])
    return person("root", is_superuser=True)


@pytest.mark.parametrize("way", ["import", "apply"])
def test_r48_and_r49_whatever_is_exported_comes_back_equal(way: str, ground: User) -> None:
    for number, row in enumerate(CLIENTS):
        apply_client(plan_client(row, now=timezone.now(), path=f"clients[{number}]"), by=BY, now=timezone.now())
    before = told()
    assert len(before) == len(CLIENTS)
    rows = importing.read_rows(json.dumps({"clients": [*before.values()]}))
    forget_clients()
    if way == "import":
        planned = importing.plan_rows(rows, viewer=ground, now=timezone.now())
        token = importing.keep(rows, user=ground, now=timezone.now())
        pending = importing.find(token, user=ground, now=timezone.now())
        assert pending is not None
        importing.carry_out(pending, digest=planned.digest, by=BY, viewer=ground, now=timezone.now())
    else:
        for row in rows:
            apply_client(Planner(now=timezone.now()).plan(row, path="clients[0]"), by=BY, now=timezone.now())
    assert told() == before
    again = importing.plan_rows(rows, viewer=ground, now=timezone.now())
    assert not again.changes_anything


def documents_of(server: Server) -> list[dict[str, Any]]:
    text = server.shell(
        "import json\n"
        "from clients.documents import exporting\n"
        "from clients.models import Client\n"
        "from django.utils import timezone\n"
        "import audit\n"
        "listed = Client.objects.filter(is_system=False, deleted_at=None)\n"
        "found = json.loads(''.join(exporting.export_many(listed, by=audit.SYSTEM, now=timezone.now())))\n"
        "print('FOUND' + json.dumps(found))\n"
    )
    found: dict[str, list[dict[str, Any]]] = json.loads(text.split("FOUND")[1].splitlines()[0])
    return found["clients"]


@pytest.mark.once
def test_r48_and_r49_between_two_real_servers(own_server: MakeServer) -> None:
    first, second = own_server(on_postgresql=False), own_server(on_postgresql=False)
    first.manage("apply", "-", text=json.dumps({**GROUND, "clients": CLIENTS}))
    second.manage("apply", "-", text=json.dumps(GROUND))
    exported = documents_of(first)
    assert len(exported) == len(CLIENTS)
    second.manage("apply", "-", text=json.dumps({"clients": exported}))
    assert [comparable(row) for row in documents_of(second)] == [comparable(row) for row in exported]


def test_r49_many_new_clients_are_looked_up_together(ground: User) -> None:
    rows = [{**CLIENTS[1], "clientId": f"many-{n}", "name": f"Many {n}"} for n in range(200)]
    with CaptureQueriesContext(connection) as queries:
        planned = importing.plan_rows(rows, viewer=ground, now=timezone.now())
    assert len(planned.plans) == 200
    assert len(queries) < 30
