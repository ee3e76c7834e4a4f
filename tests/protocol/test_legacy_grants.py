"""RFC 6749 §4.2, §4.3, OpenID Connect Core §3.2: implicit and password, where an administrator lets them be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.authorizing import USERS, Answer, Browser, refresh, request_of
from tests.protocol.caller import Caller, Response, basic
from tests.protocol.conftest import DOCUMENT, as_client
from tests.protocol.test_token_endpoint import is_refused

SECRET = "legacy-secret-0123456789"
APP = "https://old.example/app"
LEGACY: list[dict[str, Any]] = [
    {"clientId": "ledger", "type": "confidential", "grants": ["password"], "allowedScope": "openid email ping orders.*",
     "refreshLimit": 1, "clientSecret": SECRET},
    {"clientId": "till", "type": "confidential", "grants": ["password"], "allowedScope": "ping",
     "clientSecret": SECRET},
    {"clientId": "page", "type": "public", "grants": ["implicit", "authorization_code"], "redirectUris": [APP],
     "allowedScope": "openid email ping orders.*", "refreshLimit": "unlimited"},
]  # fmt: skip
LEDGER = basic("ledger", SECRET)


@pytest.fixture(scope="module")
def legacy_server(server: MakeServer) -> Server:
    running = server(workers=1)
    clients = [{"name": client["clientId"], "owner": "owner", **client} for client in LEGACY]
    document = {**DOCUMENT, "settings": {"legacyGrants": True}, "clients": [*DOCUMENT["clients"], *clients]}
    running.manage("apply", "-", text=json.dumps(document))
    return running


@pytest.fixture(scope="module")
def caller(legacy_server: Server) -> Caller:
    return Caller(legacy_server.url, authorization=LEDGER)


@pytest.fixture(scope="module")
def person(legacy_server: Server) -> Browser:
    browser = Browser(legacy_server.url)
    browser.sign_in()
    return browser


@pytest.fixture
def turned_off(legacy_server: Server) -> Iterator[None]:
    legacy_server.manage("apply", "-", text=json.dumps({"settings": {"legacyGrants": False}}))
    yield
    legacy_server.manage("apply", "-", text=json.dumps({"settings": {"legacyGrants": True}}))


def by_password(caller: Caller, *, authorization: str = LEDGER, **changes: str | None) -> Response:
    form = {"grant_type": "password", "username": "mara", "password": USERS["mara"], "scope": "ping", **changes}
    sent = {name: value for name, value in form.items() if value is not None}
    return caller.post("/token", sent, authorization=authorization)


def key_set(caller: Caller) -> KeySet:
    return KeySet.import_key_set(cast(Any, caller.send("GET", "/jwks").json))


def active(caller: Caller, token: str) -> dict[str, Any]:
    return caller.introspect(token, authorization=as_client("reader"))


# ── Password ──


def test_r22_a_password_gives_a_users_tokens_that_refresh_and_end_together(caller: Caller) -> None:
    first = by_password(caller, scope="ping orders.read").json
    assert (first["scope"], first["token_type"]) == ("ping orders.read", "Bearer")
    said = active(caller, first["access_token"])
    assert (said["username"], said["client_id"], said["aud"]) == ("mara", "ledger", "https://orders.example")
    second = refresh(caller, first["refresh_token"], authorization=LEDGER).json
    assert "refresh_token" not in second  # R29: the only one
    is_refused(refresh(caller, first["refresh_token"], authorization=LEDGER), 400, "invalid_grant")
    assert not active(caller, first["access_token"])["active"]
    assert not active(caller, second["access_token"])["active"]


def test_r22_with_openid_it_says_who_it_was(caller: Caller) -> None:
    answer = by_password(caller, scope="openid email").json
    keys = key_set(caller)
    said = jwt.decode(answer["id_token"], keys, algorithms=["RS256"]).claims
    assert (said["aud"], "nonce" in said) == ("ledger", False)
    assert said["auth_time"] <= said["iat"]


def test_r30_without_a_refresh_count_there_is_no_refresh_token(caller: Caller) -> None:
    assert "refresh_token" not in by_password(caller, authorization=basic("till", SECRET)).json


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"password": "not-her-password"}, 400, "invalid_grant"),
        ({"username": "nobody-of-this-name"}, 400, "invalid_grant"),
        ({"username": "ledger"}, 400, "invalid_grant"),  # a service account
        ({"username": "x" * 5000}, 400, "invalid_grant"),
        ({"username": None}, 400, "invalid_request"),
        ({"password": None}, 400, "invalid_request"),
        ({"password": ""}, 400, "invalid_request"),
        ({"scope": "mail.send"}, 400, "invalid_scope"),
        ({"scope": "*"}, 400, "invalid_scope"),
        ({"resource": "https://mail.example"}, 400, "invalid_target"),
    ],
)
def test_what_does_not_fit_is_refused(caller: Caller, changes: dict[str, Any], status: int, error: str) -> None:
    is_refused(by_password(caller, **changes), status, error)


def test_r22_a_wrong_password_and_an_unknown_name_read_the_same(caller: Caller) -> None:
    wrong = by_password(caller, username="tomas", password="not-his-password").json
    unknown = by_password(caller, username="nobody-at-all").json
    assert {**wrong, "reference": ""} == {**unknown, "reference": ""}


def test_r21_a_client_without_the_grant_is_refused_before_the_password_is_looked_at(caller: Caller) -> None:
    for _ in range(8):  # more than the throttle lets through
        is_refused(by_password(caller, authorization=as_client("web"), username="owner"), 400, "unauthorized_client")
    is_refused(by_password(caller, authorization=basic("ledger", "wrong")), 401, "invalid_client")


def test_r22_tries_are_throttled_together_with_the_sign_in_page(legacy_server: Server, caller: Caller) -> None:
    ines = {"username": "ines", "password": "ines-long-one-5"}
    legacy_server.manage("apply", "-", text=json.dumps({"users": [ines]}))
    browser = Browser(legacy_server.url)
    for _ in range(2):
        browser.sign_in("ines", password="wrong-on-the-page")
    for _ in range(3):
        is_refused(by_password(caller, username="ines", password="wrong-at-the-endpoint"), 400, "invalid_grant")
    throttled = by_password(caller, **ines)
    is_refused(throttled, 429, "slow_down")
    assert int(throttled.headers["Retry-After"]) > 0


def test_a_deactivated_person_gets_nothing_and_loses_what_there_was(legacy_server: Server, caller: Caller) -> None:
    person = {"username": "leaver", "password": "leavers-long-one-5"}
    legacy_server.manage("apply", "-", text=json.dumps({"users": [person]}))
    tokens = by_password(caller, **person).json
    assert active(caller, tokens["access_token"])["active"]
    legacy_server.manage("apply", "-", text=json.dumps({"users": [{"username": "leaver", "isActive": False}]}))
    assert not active(caller, tokens["access_token"])["active"]
    is_refused(refresh(caller, tokens["refresh_token"], authorization=LEDGER), 400, "invalid_grant")
    is_refused(by_password(caller, **person), 400, "invalid_grant")


# ── Implicit ──


def ask(person: Browser, **changes: str | None) -> Answer:
    """The client `page` through consent."""
    plain = {"code_challenge": None, "code_challenge_method": None, "client_id": "page", "redirect_uri": APP}
    page = person.authorize(**{**plain, "response_type": "token", **changes})
    return person.allow(page) if page.status == 200 else page


def test_r20_implicit_answers_in_the_fragment_and_never_with_a_refresh_token(
    legacy_server: Server, caller: Caller, person: Browser
) -> None:
    answer = ask(person, scope="ping")
    assert answer.location.startswith(APP + "#")
    said = answer.parameters
    assert said["state"] == request_of()["state"]
    assert said["iss"] == legacy_server.url
    assert set(said) == {"access_token", "token_type", "expires_in", "scope", "state", "iss"}  # R30
    seen = active(caller, said["access_token"])
    assert (seen["active"], seen["username"], seen["client_id"]) == (True, "mara", "page")


@pytest.mark.parametrize("response_type", ["id_token", "id_token token", "token id_token"])
def test_an_id_token_binds_the_nonce_and_the_access_token(caller: Caller, person: Browser, response_type: str) -> None:
    answer = ask(person, response_type=response_type, scope="openid email", nonce="n-1")
    said = answer.parameters
    keys = key_set(caller)
    claims = jwt.decode(said["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["nonce"], claims["aud"]) == ("n-1", "page")
    alone = response_type == "id_token"
    assert ("access_token" in said, "at_hash" in claims) == (not alone, not alone)
    # OpenID Connect Core §5.4: without an access token the claims stand in the ID token.
    assert (claims.get("email") == "mara@example.com") is alone


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "id_token", "scope": "openid"}, "invalid_request"),  # no nonce
        ({"response_type": "id_token", "scope": "ping", "nonce": "n"}, "invalid_request"),  # no openid
        ({"response_mode": "query", "scope": "ping"}, "invalid_request"),
        ({"response_type": "code token", "scope": "ping"}, "unsupported_response_type"),
        ({"response_type": "token token", "scope": "ping"}, "unsupported_response_type"),
        ({"scope": "mail.send"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
def test_what_is_wrong_comes_back_in_the_fragment(person: Browser, changes: dict[str, str], error: str) -> None:
    answer = ask(person, **changes)
    assert answer.location.startswith(APP + "#")
    assert (answer.parameters["error"], "iss" in answer.parameters) == (error, True)


def test_r21_a_client_without_implicit_hears_so(person: Browser) -> None:
    answer = person.authorize(response_type="token")
    assert answer.parameters["error"] == "unauthorized_client"


# ── Off ──


def test_r20_off_both_are_refused_and_announced_nowhere(caller: Caller, person: Browser, turned_off: None) -> None:
    is_refused(by_password(caller), 400, "unsupported_grant_type")
    assert ask(person, scope="ping").parameters["error"] == "unsupported_response_type"
    said = caller.send("GET", "/.well-known/openid-configuration").json
    assert not {"password", "implicit"} & set(said["grant_types_supported"])
    assert said["response_types_supported"] == ["code"]


def test_r20_what_was_issued_before_they_were_turned_off_still_holds(
    legacy_server: Server, caller: Caller, request: pytest.FixtureRequest
) -> None:
    tokens = by_password(caller).json
    request.getfixturevalue("turned_off")
    assert active(caller, tokens["access_token"])["active"]
    assert refresh(caller, tokens["refresh_token"], authorization=LEDGER).status == 200


def test_r20_on_the_metadata_announces_both(caller: Caller) -> None:
    said = caller.send("GET", "/.well-known/oauth-authorization-server").json
    assert {"password", "implicit"} <= set(said["grant_types_supported"])
    assert {"token", "id_token", "id_token token"} <= set(said["response_types_supported"])
