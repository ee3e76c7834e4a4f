"""A client's whole life by the API alone, with a plain HTTP client against the real server: each step in the audit,
under the right actor. And creations of several processes at once under one key.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, Response, basic

SECRET = "a-secret-of-the-pipeline-42"
PERMISSIONS = ["clients.view", "clients.create", "clients.edit", "clients.delete", "clients.export",
               "clients.reset-secret", "clients.protect", "audit.view"]  # fmt: skip
DOCUMENT = {
    "users": [{"username": "mara", "isSuperuser": True}],
    "scopes": [{"name": "orders.read"}],
    "clients": [
        {"clientId": "pipeline", "name": "Pipeline", "grants": ["client_credentials"], "owner": "mara",
         "clientSecret": SECRET, "allowedScope": "authserver.*", "apiPermissions": PERMISSIONS},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def running(server: MakeServer) -> Server:
    one = server()
    one.manage("apply", "-", text=json.dumps(DOCUMENT))
    return one


class Api:
    """A plain HTTP client of one token."""

    def __init__(self, url: str, token: str) -> None:
        self.caller, self.token = Caller(url), token

    def __call__(self, method: str, path: str, data: Any = None, **headers: str) -> Response:
        sent = {"Authorization": f"Bearer {self.token}", **{n.replace("_", "-"): v for n, v in headers.items()}}
        body = None if data is None else json.dumps(data).encode()
        if body is not None:
            sent["Content-Type"] = "application/json"
        return self.caller.send(method, path if path.startswith("/") else f"/api/v1/{path}", body, sent)


def token_of(url: str, client_id: str, secret: str, scope: str) -> Response:
    return Caller(url, authorization=basic(client_id, secret)).post(
        "/token", {"grant_type": "client_credentials", "scope": scope}
    )


@pytest.fixture
def api(running: Server) -> Api:
    scope = " ".join(f"authserver.{permission}" for permission in PERMISSIONS)
    answer = token_of(running.url, "pipeline", SECRET, scope)
    assert answer.status == 200, answer.text
    return Api(running.url, answer.json["access_token"])


def test_r9_r15_r43_r47_r48_a_whole_life_by_the_api_alone(running: Server, api: Api) -> None:
    new = {"name": "Orders sync", "grants": ["client_credentials"], "allowedScope": "orders.read", "owner": "mara"}
    registered = api("POST", "clients", new, Idempotency_Key="build-17")
    assert registered.status == 201, registered.text
    client, first = registered.json, registered.json["clientSecret"]
    path = f"clients/{client['id']}"
    assert token_of(running.url, client["clientId"], first, "orders.read").status == 200

    rotated = api("POST", f"{path}/secrets", {"overlap": 3600, "label": "second"}).json
    for secret in (first, rotated["clientSecret"]):
        assert token_of(running.url, client["clientId"], secret, "orders.read").status == 200
    old = next(row for row in api("GET", f"{path}/secrets").json["items"] if row["keyId"] != rotated["keyId"])
    assert api("DELETE", f"{path}/secrets/{old['keyId']}").status == 204
    assert token_of(running.url, client["clientId"], first, "orders.read").status == 401

    assert api("POST", f"{path}/protect", {"reason": "In use."}).status == 200
    exported = api("GET", f"{path}/export").json
    assert (exported["clientId"], exported["clientSecretEncoded"]) == (client["clientId"], "CONCEALED")
    version = api("GET", path).headers["ETag"]
    assert api("DELETE", path, If_Match=version).status == 204
    assert token_of(running.url, client["clientId"], rotated["clientSecret"], "orders.read").status == 401

    events = api("GET", f"events?q={client['clientId']}&kind=clients").json["items"]
    told = [(event["kind"], event["actor"]) for event in reversed(events)]
    assert told == [
        ("client.registered", "pipeline"),
        ("client.secret_rotated", "pipeline"),
        ("client.secret_retired", "pipeline"),
        ("client.protected", "pipeline"),
        ("client.exported", "pipeline"),
        ("client.deleted", "pipeline"),
    ]
    assert events[0]["detail"]["protectionBypassed"] is True, "R44: going past protection is told"
    assert all(event["address"] == "127.0.0.1" and event["actorId"] for event in events)


def test_of_creations_at_once_under_one_key_one_creates_and_all_are_answered_alike(api: Api) -> None:
    new = {"name": "Once", "grants": ["client_credentials"], "owner": "mara"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api("POST", "clients", new, Idempotency_Key="race"), range(8)))
    assert {answer.status for answer in answers} == {201}, [answer.text[:200] for answer in answers]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert sum("clientSecret" in answer.json for answer in answers) == 1


def test_of_changes_at_once_from_one_version_one_is_made(api: Api) -> None:
    new = {"name": "Contended", "grants": ["client_credentials"], "owner": "mara"}
    path = f"clients/{api('POST', 'clients', new).json['id']}"
    version = api("GET", path).headers["ETag"]

    def change(number: int) -> int:
        return api("PATCH", path, {"description": f"By {number}."}, If_Match=version).status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(change, range(8)))
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {409, 412, 400}


def test_the_page_of_the_reference_is_served_whole_by_this_server(running: Server) -> None:
    page = Caller(running.url).send("GET", "/api/docs/")
    assert page.status == 200
    assert "http://" not in page.text.replace(running.url, "")
    assert "https://" not in page.text
    script = Caller(running.url).send("GET", "/api/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
    schema = Caller(running.url).send("GET", "/api/schema")
    assert schema.json["openapi"].startswith("3.1")
