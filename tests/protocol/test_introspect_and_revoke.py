"""RFC 7662 and RFC 7009 over HTTP (R56, R57)."""

from __future__ import annotations

import pytest

from tests.protocol.caller import Caller, basic
from tests.protocol.conftest import as_client
from tests.protocol.test_token_endpoint import is_refused


def test_r56_an_active_token_is_described_to_a_caller_that_may_see_it(machine: Caller) -> None:
    token = machine.token(scope="orders.read")
    said = machine.introspect(token, authorization=as_client("reader"))
    assert {k: said[k] for k in ("active", "scope", "client_id", "username", "sub", "aud", "token_type")} == {
        "active": True, "scope": "orders.read", "client_id": "service", "username": "service", "sub": "service",
        "aud": "https://orders.example", "token_type": "Bearer",
    }  # fmt: skip
    assert said["exp"] - said["iat"] == 3600
    assert said["namespaces"] == ["Ledgers & treasury", "finance"]
    assert token not in str(said)
    assert said["jti"] == machine.introspect(token, authorization=as_client("reader"))["jti"]


@pytest.mark.parametrize(
    ("scope", "caller", "active"),
    [
        ("orders.read", "reader", True),
        ("orders.read", "inner", False),
        ("closed.read", "reader", False),
        ("orders.read closed.read", "reader", True),
        ("ping", "reader", True),
        ("ping", "inner", True),
    ],
)
def test_r56_the_audience_decides_who_sees_a_token(machine: Caller, scope: str, caller: str, active: bool) -> None:
    said = machine.introspect(machine.token(scope=scope), authorization=as_client(caller))
    assert said["active"] is active
    assert active or said == {"active": False}


def test_r8_r56_a_token_of_a_client_without_namespaces_names_none(machine: Caller) -> None:
    token = machine.token(authorization=as_client("inner"))
    assert machine.introspect(token, authorization=as_client("reader"))["namespaces"] == []


def test_r56_by_a_bearer_token_with_the_scope(machine: Caller) -> None:
    token = machine.token(scope="orders.read")
    holder = machine.token(scope="authorization.introspect", authorization=as_client("reader"))
    assert machine.introspect(token, authorization=f"Bearer {holder}")["active"] is True
    assert machine.introspect(token, authorization=f"bearer {holder}")["active"] is True


def test_r56_a_bearer_token_without_the_scope_is_insufficient(machine: Caller) -> None:
    response = machine.post("/introspect", {"token": "x"}, authorization=f"Bearer {machine.token()}")
    is_refused(response, 403, "insufficient_scope")
    assert 'scope="authorization.introspect"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize("value", ["", "rubbish", "asa_" + "0" * 52])
def test_r56_a_bearer_token_that_does_not_hold_is_invalid(machine: Caller, value: str) -> None:
    response = machine.post("/introspect", {"token": "x"}, authorization=f"Bearer {value}")
    is_refused(response, 401, "invalid_token")
    assert response.headers["WWW-Authenticate"].startswith("Bearer ")


def test_r56_without_authentication_401_and_without_the_scope_403(machine: Caller) -> None:
    token = machine.token()
    is_refused(machine.post("/introspect", {"token": token}, authorization=""), 401, "invalid_client")
    public = {"token": token, "client_id": "phone", "grant_type": "client_credentials"}
    is_refused(machine.post("/introspect", public, authorization=""), 401, "invalid_client")
    is_refused(machine.post("/introspect", {"token": token}, authorization=as_client("stranger")), 403, "access_denied")


def test_r56_unknown_foreign_and_revoked_tokens_cannot_be_told_apart(machine: Caller) -> None:
    revoked = machine.token()
    machine.post("/revoke", {"token": revoked})
    answers = {
        machine.post("/introspect", {"token": token}, authorization=as_client("reader")).text
        for token in ("rubbish", "asa_" + "0" * 52, revoked, machine.token(scope="closed.read"), "é", "a" * 5000)
    }
    assert answers == {'{"active": false}'}


def test_introspection_is_post_only_and_needs_a_token(machine: Caller) -> None:
    assert machine.send("GET", "/introspect?token=x").status in (400, 405)
    is_refused(machine.post("/introspect", {}, authorization=as_client("reader")), 400, "invalid_request")
    is_refused(
        machine.post("/introspect", b"token=a&token=b", authorization=as_client("reader")), 400, "invalid_request"
    )


def test_r57_a_revoked_token_is_dead_at_the_next_request_and_revoking_again_is_200(machine: Caller) -> None:
    token = machine.token()
    assert machine.introspect(token, authorization=as_client("reader"))["active"] is True
    for _ in range(2):
        assert machine.post("/revoke", {"token": token}).status == 200
        assert machine.introspect(token, authorization=as_client("reader")) == {"active": False}


def test_r57_unknown_tokens_and_those_of_others_are_200_without_effect(machine: Caller) -> None:
    token = machine.token()
    for value in ("unknown", token):
        assert machine.post("/revoke", {"token": value}, authorization=as_client("stranger")).status == 200
    assert machine.introspect(token, authorization=as_client("reader"))["active"] is True


def test_r57_revocation_needs_client_authentication_and_a_token(machine: Caller) -> None:
    is_refused(machine.post("/revoke", {"token": "x"}, authorization=""), 401, "invalid_client")
    is_refused(machine.post("/revoke", {"token": "x"}, authorization=basic("service", "no")), 401, "invalid_client")
    is_refused(machine.post("/revoke", {}), 400, "invalid_request")


def test_a_public_client_revokes_by_naming_itself(machine: Caller) -> None:
    assert machine.post("/revoke", {"token": "x", "client_id": "phone"}, authorization="").status == 200


def test_rfc8414_metadata_announces_what_is_on(machine: Caller) -> None:
    response = machine.send("GET", "/.well-known/oauth-authorization-server")
    said = response.json
    assert said["issuer"] == f"http://{machine.host}:{machine.port}"
    assert said["token_endpoint"] == said["issuer"] + "/token"
    assert said["authorization_endpoint"] == said["issuer"] + "/authorize"
    assert said["grant_types_supported"] == [
        "authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "refresh_token",
    ]  # fmt: skip
    assert said["device_authorization_endpoint"] == f"{said['issuer']}/device_authorization"
    assert said["response_types_supported"] == ["code"]
    assert said["response_modes_supported"] == ["query", "fragment", "form_post"]
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["authorization_response_iss_parameter_supported"] is True
    assert "ping" in said["scopes_supported"]
    assert said["jwks_uri"] == said["issuer"] + "/jwks"


def test_rfc7517_the_key_set_holds_public_keys_alone_and_may_be_cached(machine: Caller) -> None:
    """§4, §5: of every algorithm the key that signs, and the one that will."""
    response = machine.send("GET", "/jwks")
    keys = response.json["keys"]
    assert sorted(key["alg"] for key in keys) == ["ES256", "ES256", "RS256", "RS256"]
    assert len({key["kid"] for key in keys}) == 4
    members = {"EC": {"kty", "kid", "use", "alg", "crv", "x", "y"}, "RSA": {"kty", "kid", "use", "alg", "n", "e"}}
    assert all(set(key) == members[key["kty"]] and key["use"] == "sig" for key in keys)
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert machine.send("POST", "/jwks").status == 405


def test_health_answers_by_any_host(machine: Caller) -> None:
    for path in ("/healthz/live", "/healthz/ready"):
        assert machine.send("GET", path, headers={"Host": "10.1.2.3"}).status == 200
