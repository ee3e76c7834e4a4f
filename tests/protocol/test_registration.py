"""Dynamic client registration over HTTP, by a plain client against the real server (RFC 7591, RFC 7592)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, Response, basic

BACK = "https://app.example.com/cb"
WHOLE = {"client_name": "Photo <app>", "redirect_uris": [BACK], "scope": "openid profile", "application_type": "web",
         "logo_uri": "https://ignored.example/logo.png"}  # fmt: skip

SERVICE = {"client_name": "Service", "grant_types": ["client_credentials"], "scope": "orders.read"}


@pytest.fixture(scope="module")
def running(server: MakeServer) -> Server:
    one = server()
    document = {
        "users": [{"username": "mara", "isSuperuser": True}],
        "scopes": [{"name": "orders.read"}, {"name": "orders.write"}],
        "settings": {"dynamicRegistration": True},
    }
    one.manage("apply", "-", text=json.dumps(document))
    return one


def initial(running: Server, *arguments: str, clients: int = 50) -> str:
    said = running.manage(
        "initial_access_token", "--redirect-host", "app.example.com", "--redirect-host", "*.apps.example.com",
        "--grant", "authorization_code", "--grant", "client_credentials", "--scope", "openid profile orders.*",
        "--clients", str(clients), *arguments,
    )  # fmt: skip
    return said.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def token(running: Server) -> str:
    return initial(running)


class Registrar:
    def __init__(self, running: Server, token: str) -> None:
        self.caller, self.token = Caller(running.url), token

    def __call__(self, data: Any = None, *, method: str = "POST", token: str = "", client_id: str = "",
                 raw: bytes | None = None, kind: str = "application/json") -> Response:  # fmt: skip
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": kind}
        body = raw if raw is not None else None if data is None else json.dumps(data).encode()
        return self.caller.send(method, "/register" + (f"?client_id={client_id}" if client_id else ""), body, headers)


@pytest.fixture
def register(running: Server, token: str) -> Registrar:
    return Registrar(running, token)


def test_rfc7591_s3_2_1_a_client_is_registered_with_all_that_is_registered_about_it(
    running: Server, register: Registrar
) -> None:
    answer = register(WHOLE)
    assert answer.status == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    said = answer.json
    assert said["client_secret_expires_at"] == 0
    assert (said["grant_types"], said["response_types"]) == (["authorization_code"], ["code"])
    assert (said["scope"], said["token_endpoint_auth_method"]) == ("openid profile", "client_secret_basic")
    assert said["client_name"] == "Photo <app>"
    assert "logo_uri" not in said, "unknown metadata are ignored (§2)"
    assert said["registration_client_uri"].endswith(f"/register?client_id={said['client_id']}")
    assert said["registration_access_token"].startswith("asm_")


def test_a_registered_service_gets_a_token_at_once(running: Server, register: Registrar) -> None:
    new = register({"client_name": "Sync", "grant_types": ["client_credentials"], "scope": "orders.read"}).json
    caller = Caller(running.url, authorization=basic(new["client_id"], new["client_secret"]))
    assert caller.post("/token", {"grant_type": "client_credentials", "scope": "orders.read"}).status == 200
    assert caller.post("/token", {"grant_type": "client_credentials", "scope": "orders.write"}).status == 400


def test_rfc7591_s2_a_public_client_has_no_secret_and_refreshes_where_it_says_so(register: Registrar) -> None:
    said = register(
        {"redirect_uris": ["https://one.apps.example.com/cb"], "token_endpoint_auth_method": "none",
         "grant_types": ["authorization_code", "refresh_token"]}
    ).json  # fmt: skip
    assert "client_secret" not in said
    assert said["grant_types"] == ["authorization_code", "refresh_token"]
    assert said["scope"] == "openid profile orders.*", "left out: what the initial access token lets"


def test_rfc7592_it_is_read_replaced_and_deleted_by_its_own_token(register: Registrar) -> None:
    new = register(WHOLE).json
    own = {"token": new["registration_access_token"], "client_id": new["client_id"]}
    read = register(method="GET", **own)
    assert read.status == 200
    assert "client_secret" not in read.json
    changed = {"client_id": new["client_id"], "client_secret": new["client_secret"], "client_name": "Photos",
               "redirect_uris": [BACK, "https://app.example.com/two"], "scope": "openid"}  # fmt: skip
    answer = register(changed, method="PUT", **own)
    assert answer.status == 200, answer.text
    assert (answer.json["scope"], answer.json["client_name"]) == ("openid", "Photos")
    assert len(answer.json["redirect_uris"]) == 2
    assert register(method="DELETE", **own).status == 204
    assert register(method="GET", **own).status == 401


BEYOND: tuple[tuple[dict[str, Any], str], ...] = (
    ({"redirect_uris": ["https://evil.example/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://app.example.com.evil.example/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://app.example.com@evil.example/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://apps.example.com/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://evilapps.example.com/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://app.example.com/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://app.example.com/cb#x"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
    ({"redirect_uris": BACK}, "invalid_redirect_uri"),
    ({"redirect_uris": []}, "invalid_redirect_uri"),
    ({"post_logout_redirect_uris": ["https://evil.example/"]}, "invalid_redirect_uri"),
    ({"scope": "openid email"}, "invalid_client_metadata"),
    ({"scope": "*"}, "invalid_client_metadata"),
    ({"scope": "authserver.clients.edit"}, "invalid_client_metadata"),
    ({"grant_types": ["password"]}, "invalid_client_metadata"),
    ({"grant_types": ["implicit"], "response_types": ["token"]}, "invalid_client_metadata"),
    ({"response_types": ["token"]}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "tls_client_auth"}, "invalid_client_metadata"),
    ({"jwks": {"keys": []}, "jwks_uri": "https://app.example.com/jwks"}, "invalid_client_metadata"),
    ({"jwks": 1}, "invalid_client_metadata"),
    ({"client_name": 1}, "invalid_client_metadata"),
    ({"client_name": "\u0000"}, "invalid_client_metadata"),
    ({"software_statement": "eyJ"}, "unapproved_software_statement"),
)


def test_rfc7591_s3_2_2_what_is_beyond_its_limits_or_unsound_is_refused_and_leaves_nothing(
    running: Server, register: Registrar
) -> None:
    count = "from clients.models import Client; print(Client.objects.count())"
    before = running.shell(count)
    for change, code in BEYOND:
        answer = register({**WHOLE, **change})
        assert (answer.status, answer.error) == (400, code), (change, answer.text)
        assert answer.json["reference"] == answer.headers["X-Reference"]
    assert running.shell(count) == before


def test_what_the_registry_does_not_know_of_is_not_set(running: Server, register: Registrar) -> None:
    new = register({**WHOLE, "client_id": "admin2", "client_secret": "chosen", "owner": "x", "active": False,
                    "is_system": True, "apiPermissions": ["clients.edit"]}).json  # fmt: skip
    assert new["client_id"] != "admin2"
    assert new["client_secret"] != "chosen"
    facts = running.shell(
        f"from clients.models import Client; c = Client.objects.get(client_id='{new['client_id']}');"
        "print(c.owner.username, c.is_active, c.is_system, c.service_account.permissions)"
    )
    assert facts.strip().splitlines()[-1] == "mara True False []"


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"scope": "openid", "scope": "*"}', "application/json", 400),
        (b"[" * 3000, "application/json", 400),
        (b"client_name=x", "application/x-www-form-urlencoded", 415),
        (b"x" * 1_100_000, "application/json", 413),
    ],
)
def test_hostile_bodies_are_refused(register: Registrar, raw: bytes, kind: str, status: int) -> None:
    assert register(raw=raw, kind=kind).status == status


def test_no_token_another_one_or_anothers_registration_lets_nobody_in(running: Server, register: Registrar) -> None:
    assert Caller(running.url).send("POST", "/register", b"{}", {"Content-Type": "application/json"}).status == 401
    new, other = register(WHOLE).json, register(WHOLE).json
    for wrong in (new["registration_access_token"], "asi_" + "x" * 52, "nonsense"):
        assert register(WHOLE, token=wrong).error == "invalid_token"
    theirs = {"token": other["registration_access_token"], "client_id": new["client_id"]}
    for method in ("GET", "PUT", "DELETE"):
        assert register(WHOLE if method == "PUT" else None, method=method, **theirs).status == 401
    assert register(method="GET", client_id=new["client_id"]).status == 401, "the initial token manages nothing"


@pytest.mark.parametrize(
    "change",
    [{"client_id": "other"}, {"client_secret": "not-the-clients"}, {"registration_access_token": "x"},
     {"client_secret_expires_at": 0}, {"redirect_uris": ["https://evil.example/cb"]}],
)  # fmt: skip
def test_rfc7592_s2_2_what_an_update_must_not_say_is_refused(register: Registrar, change: dict[str, Any]) -> None:
    new = register(WHOLE).json
    own = {"token": new["registration_access_token"], "client_id": new["client_id"]}
    answer = register({**WHOLE, "client_id": new["client_id"], **change}, method="PUT", **own)
    assert answer.status == 400, answer.text
    assert register(method="GET", **own).json["redirect_uris"] == [BACK]


def test_a_token_registers_as_many_as_it_may_however_many_ask_at_once(running: Server) -> None:
    few = Registrar(running, initial(running, clients=3))
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(answer.status for answer in pool.map(lambda _: few(WHOLE), range(8)))
    assert statuses == [201, 201, 201, 401, 401, 401, 401, 401]


def test_a_protected_client_refuses_its_own_hand(running: Server, register: Registrar) -> None:
    new = register(WHOLE).json
    own = {"token": new["registration_access_token"], "client_id": new["client_id"]}
    running.shell(f"from clients.models import Client; Client.objects.filter(client_id='{new['client_id']}')"
                  ".update(is_protected=True, protected_reason='Mine.')")  # fmt: skip
    changed = {**WHOLE, "client_id": new["client_id"], "client_name": "Another"}
    assert register(changed, method="PUT", **own).status == 403
    assert register(method="DELETE", **own).status == 403


def test_rfc7592_s2_2_an_update_lifts_nothing_that_an_administrator_set(running: Server, register: Registrar) -> None:
    """R37, R40, R27, R29: network rules, budgets and lifetimes are no metadata of the client's."""
    offline = {**WHOLE, "grant_types": ["authorization_code", "refresh_token"]}
    new = register(offline).json
    held = (
        "from clients.models import Client; from clients.facts import facts_of;"
        f"c = Client.objects.get(client_id='{new['client_id']}'); f = facts_of(c);"
    )
    running.shell(
        held + "import audit; from dataclasses import replace; from django.utils import timezone;"
        "from clients import registration;"
        "f = replace(f, network_rules=('allow 127.0.0.0/8',), rate_rules=('POST 500 per 60s',), "
        "access_token_lifetime=60, refresh_limit=5, description='Seen.');"
        "registration.edit(client=c, facts=f, by=audit.Actor('ada'), now=timezone.now())"
    )
    own = {"token": new["registration_access_token"], "client_id": new["client_id"]}
    answer = register({**offline, "client_id": new["client_id"], "client_name": "Mine"}, method="PUT", **own)
    assert answer.status == 200, answer.text
    said = running.shell(
        held + "print(f.display_name, len(f.network_rules), len(f.rate_rules), f.access_token_lifetime, "
        "f.refresh_limit, f.description)"
    )
    assert said.splitlines()[-1] == "Mine 1 1 60 5 Seen."


def test_r36_an_owner_who_lost_the_right_gives_nothing_more(running: Server) -> None:
    """Though the initial access token was made while they could."""
    running.manage("apply", "-", text=json.dumps({"users": [{"username": "nora", "allowedScope": "orders.*"}]}))
    by_nora = Registrar(running, initial(running, "--owner", "nora", "--name", "of nora"))
    assert by_nora(SERVICE).status == 201
    running.manage("apply", "-", text=json.dumps({"users": [{"username": "nora", "allowedScope": "orders.write"}]}))
    refused = by_nora(SERVICE)
    assert (refused.status, refused.error) == (400, "invalid_client_metadata"), refused.text


def test_r7_nothing_is_registered_for_an_owner_who_left(running: Server) -> None:
    running.manage("apply", "-", text=json.dumps({"users": [{"username": "otto"}]}))
    by_otto = Registrar(running, initial(running, "--owner", "otto", "--name", "of otto"))
    running.manage("apply", "-", text=json.dumps({"users": [{"username": "otto", "isActive": False}]}))
    refused = by_otto(SERVICE)
    assert (refused.status, refused.error) == (400, "invalid_client_metadata"), refused.text


def test_a_real_client_registers_and_manages_itself(running: Server, token: str) -> None:
    """Authlib's session, as an application would use it."""
    with OAuth2Session(token={"access_token": token, "token_type": "Bearer"}) as session:
        made = session.post(f"{running.url}/register", json=WHOLE).json()
    own = {"access_token": made["registration_access_token"], "token_type": "Bearer"}
    with OAuth2Session(token=own) as session:
        address = made["registration_client_uri"]
        assert session.get(address).json()["client_id"] == made["client_id"]
        assert session.delete(address).status_code == 204
        assert session.get(address).status_code == 401


@pytest.mark.parametrize("change", ["expires=timezone.now()", "revoked_at=timezone.now()"])
def test_an_expired_or_revoked_token_registers_nobody(running: Server, register: Registrar, change: str) -> None:
    name = f"ended by {change.partition('=')[0]}"
    ended = initial(running, "--name", name)
    assert register(WHOLE, token=ended).status == 201
    running.shell(
        "from django.utils import timezone; from tokens.models import InitialAccessToken;"
        f"InitialAccessToken.objects.filter(name='{name}').update({change})"
    )
    answer = register(WHOLE, token=ended)
    assert (answer.status, answer.error) == (401, "invalid_token")


def test_off_by_default_and_the_metadata_say_what_is_on(running: Server, register: Registrar) -> None:
    found = Caller(running.url).send("GET", "/.well-known/oauth-authorization-server").json
    assert found["registration_endpoint"] == f"{running.url}/register"
    running.manage("apply", "-", text=json.dumps({"settings": {"dynamicRegistration": False}}))
    try:
        assert register(WHOLE).status == 403
        metadata = Caller(running.url).send("GET", "/.well-known/openid-configuration").json
        assert "registration_endpoint" not in metadata
    finally:
        running.manage("apply", "-", text=json.dumps({"settings": {"dynamicRegistration": True}}))


def test_nothing_of_a_token_is_kept(running: Server, token: str, register: Registrar) -> None:
    access = register(WHOLE).json["registration_access_token"]
    kept = running.shell(
        "from django.core import serializers; from audit.models import Event;"
        "from tokens.models import InitialAccessToken, Registration;"
        "print(serializers.serialize('json', [*InitialAccessToken.objects.all(), *Registration.objects.all(),"
        "*Event.objects.all()]))"
    )
    assert token not in kept
    assert access not in kept
