"""RFC 6749 §2.3, §3.2, §4.4, §5: the token endpoint over HTTP (R21, R25-R28, R33, R34)."""

from __future__ import annotations

import socket
from urllib.parse import quote_plus

import pytest

from tests.protocol.caller import FORM, Caller, Response, basic
from tests.protocol.conftest import SECRETS, as_client

ASK = {"grant_type": "client_credentials"}


def is_refused(response: Response, status: int, error: str) -> None:
    """Every refusal: its code, a reference in body and header, never cached, JSON."""
    assert (response.status, response.error) == (status, error), response.text
    assert response.headers["X-Reference"] == response.json["reference"]
    assert response.json["reference"] not in response.json["error_description"]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"
    assert response.headers["Content-Type"] == "application/json"


def test_r26_an_answer_holds_what_the_standard_asks_and_is_not_stored(machine: Caller) -> None:
    response = machine.post("/token", {**ASK, "scope": "orders.read"})
    assert response.status == 200
    assert set(response.json) == {"access_token", "token_type", "expires_in", "scope"}
    assert (response.json["token_type"], response.json["scope"], response.json["expires_in"]) == (
        "Bearer", "orders.read", 3600,
    )  # fmt: skip
    assert (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")


def test_r28_a_token_that_never_expires_has_no_expires_in_and_no_exp(machine: Caller) -> None:
    response = machine.post("/token", ASK, authorization=as_client("forever"))
    assert "expires_in" not in response.json
    said = machine.introspect(response.json["access_token"], authorization=as_client("inner"))
    assert said["active"] is True
    assert "exp" not in said


def test_r34_without_a_scope_the_allowed_defaults_are_granted_else_registered_client(machine: Caller) -> None:
    assert machine.post("/token", ASK).json["scope"] == "ping"
    assert machine.post("/token", {**ASK, "scope": ""}).json["scope"] == "ping"
    assert machine.post("/token", ASK, authorization=as_client("reader")).json["scope"] == "RegisteredClient"


@pytest.mark.parametrize(
    "scope", ["unheard", "*", "orders.*", "ping orders.write", "authorization.introspect", "a  b", 'q"', "ping ping\n"]
)
def test_r33_a_scope_outside_or_a_literal_wildcard_is_invalid_scope(machine: Caller, scope: str) -> None:
    is_refused(machine.post("/token", {**ASK, "scope": scope}), 400, "invalid_scope")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_r25_only_post(machine: Caller, method: str) -> None:
    response = machine.send(method, "/token")
    assert response.status == 405
    assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"grant_type": "client_credentials"}'),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nx\r\n--x--',
        ),
        ("text/plain", b"grant_type=client_credentials"),
        (f"{FORM}; charset=utf-16", "grant_type=client_credentials".encode("utf-16")),
    ],
)
def test_r25_only_a_form(machine: Caller, content_type: str, body: bytes) -> None:
    is_refused(machine.post("/token", body, headers={"Content-Type": content_type}), 415, "invalid_request")


@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=client_credentials&grant_type=client_credentials",
        b"grant_type=client_credentials&scope=ping&scope=ping",
        b"grant_type=client_credentials&state=1&state=2",
        b"grant_type=client_credentials&scope=%zz",
        b"grant_type=client_credentials&scope=%ff",
        b"grant_type=client_credentials&scope=%00",
        b"grant_type=client_credentials&" + b"&".join(b"f%d=1" % n for n in range(10_000)),
        b"scope=ping",
        b"",
    ],
)
def test_duplicate_badly_encoded_over_many_and_missing_parameters_are_invalid_request(
    machine: Caller, body: bytes
) -> None:
    is_refused(machine.post("/token", body), 400, "invalid_request")


def test_ten_megabytes_are_refused_without_being_read(machine: Caller) -> None:
    with socket.create_connection((machine.host, machine.port), timeout=30) as wire:
        head = (
            f"POST /token HTTP/1.1\r\nHost: {machine.host}\r\nContent-Type: {FORM}\r\nContent-Length: 10485760\r\n\r\n"
        )
        wire.sendall(head.encode())
        assert b" 413 " in wire.recv(4096)


def test_secrets_in_the_query_are_refused(machine: Caller) -> None:
    path = f"/token?client_id=service&client_secret={quote_plus(SECRETS['service'])}"
    is_refused(machine.post(path, ASK, authorization=""), 400, "invalid_request")


@pytest.mark.parametrize("grant", ["password", "implicit", "nonsense", "*"])
def test_a_grant_that_this_server_lacks_is_unsupported(machine: Caller, grant: str) -> None:
    is_refused(machine.post("/token", {"grant_type": grant}), 400, "unsupported_grant_type")


def test_r21_a_grant_that_the_client_lacks_is_unauthorized_client(machine: Caller) -> None:
    web = basic("web", "web-its-own-secret-0123456789")
    is_refused(machine.post("/token", ASK, authorization=web), 400, "unauthorized_client")
    is_refused(machine.post("/token", {**ASK, "client_id": "phone"}, authorization=""), 400, "unauthorized_client")


def test_r46_a_deactivated_client_gets_no_token(machine: Caller) -> None:
    is_refused(machine.post("/token", ASK, authorization=as_client("off")), 401, "invalid_client")


@pytest.mark.parametrize(
    "authorization",
    [
        basic("service", "wrong-secret-wrong-secret"),
        basic("nobody", "wrong-secret-wrong-secret"),
        basic("service", ""),
        basic("phone", "anything"),
        basic("service", "asc_" + "a" * 61),
        "Basic !!!not-base64!!!",
        "Basic bm8tY29sb24=",
        "Basic //79Og==",
        "Basic " + "YTpi" * 2000,
        "Bearer something",
        basic("service", "%zz"),
        basic("service", "%00"),
    ],
)
def test_r25_failed_client_authentication_is_one_answer_with_a_challenge(machine: Caller, authorization: str) -> None:
    response = machine.post("/token", ASK, authorization=authorization)
    is_refused(response, 401, "invalid_client")
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert response.json["error_description"] == "Client authentication failed."


def test_no_client_authentication_at_all_is_invalid_client(machine: Caller) -> None:
    is_refused(machine.post("/token", ASK, authorization=""), 401, "invalid_client")
    is_refused(machine.post("/token", {**ASK, "client_id": "service"}, authorization=""), 401, "invalid_client")


def test_r25_basic_and_body_together_are_invalid_request(machine: Caller) -> None:
    both = {**ASK, "client_id": "service", "client_secret": SECRETS["service"]}
    is_refused(machine.post("/token", both), 400, "invalid_request")


def test_r25_each_single_method_works_and_basic_in_any_case(machine: Caller) -> None:
    body = {**ASK, "client_id": "service", "client_secret": SECRETS["service"]}
    assert machine.post("/token", body, authorization="").status == 200
    lower = as_client("service").replace("Basic", "basic")
    assert machine.post("/token", ASK, authorization=lower).status == 200
    encoded = basic(quote_plus("service"), quote_plus(SECRETS["service"]))
    assert machine.post("/token", ASK, authorization=encoded).status == 200


def test_a_client_bound_to_the_body_is_refused_by_basic_also_after_success(machine: Caller) -> None:
    body = {**ASK, "client_id": "poster", "client_secret": SECRETS["poster"]}
    for _ in range(2):
        assert machine.post("/token", body, authorization="").status == 200
        is_refused(machine.post("/token", ASK, authorization=as_client("poster")), 401, "invalid_client")


def test_html_is_never_answered_whatever_accept_says(machine: Caller) -> None:
    response = machine.post("/token", ASK, authorization="", headers={"Accept": "text/html"})
    is_refused(response, 401, "invalid_client")


def test_hostile_text_is_not_reflected_raw(machine: Caller) -> None:
    response = machine.post("/token", {"grant_type": "client_credentials", "scope": '<script>"\r\nX: y'})
    is_refused(response, 400, "invalid_scope")
    assert "\n" not in response.json["error_description"]
    assert "X" not in response.headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""])
def test_a_forged_host_is_refused(machine: Caller, host: str) -> None:
    response = machine.post("/token", ASK, headers={"Host": host})
    is_refused(response, 400, "invalid_request")
    assert "evil" not in response.text


def test_forged_forwarding_headers_change_nothing(machine: Caller) -> None:
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert machine.post("/token", ASK, headers=forged).status == 200
    said = machine.send("GET", "/.well-known/oauth-authorization-server", headers=forged).json
    assert "evil" not in said["issuer"]
