"""`/check` over HTTP: what a gateway is told about a request, by its token, needed scopes and headers (R54, R55)."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from tests.ground.server import Server
from tests.protocol.caller import Caller, Response
from tests.protocol.conftest import as_client
from tests.protocol.test_token_endpoint import is_refused

ANY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")


@pytest.fixture(scope="module")
def tokens(machine: Caller) -> dict[str, str]:
    """Tokens of `service`, and one that is a JWT."""
    asked = {"ping": "ping", "orders": "orders.read", "both": "ping orders.read closed.read"}
    made = {name: machine.token(scope=scope) for name, scope in asked.items()}
    return made | {"signed": machine.token(scope="orders.read", authorization=as_client("signer"))}


def ask(machine: Caller, token: str | None, scope: str | None = None, **sent: Any) -> Response:
    headers: Mapping[str, str] = sent.get("headers", {})
    shown = {} if token is None else {"Authorization": f"Bearer {token}"}
    path = "/check" if scope is None else f"/check?scope={quote(scope)}"
    return machine.send(sent.get("method", "GET"), path, sent.get("body"), {**shown, **headers})


@pytest.mark.parametrize("method", ANY_METHOD)
def test_whoever_passes_is_named_in_headers_whatever_the_method(
    machine: Caller, tokens: dict[str, str], method: str
) -> None:
    answer = ask(machine, tokens["both"], "orders.read", method=method)
    assert answer.status == 200
    named = {name: answer.headers[f"X-Auth-{name}"] for name in ("Client", "Subject", "Scope")}
    assert named == {"Client": "service", "Subject": "service", "Scope": "ping orders.read closed.read"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == ("" if method == "HEAD" else "{}")


def test_r55_a_client_finds_out_what_it_needs_and_then_passes(machine: Caller, tokens: dict[str, str]) -> None:
    refused = ask(machine, tokens["ping"], "orders.read closed.read")
    is_refused(refused, 403, "insufficient_scope")
    challenge = refused.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    needed = challenge.split('scope="')[1].split('"')[0]
    assert needed == "orders.read closed.read"
    assert refused.headers["X-Auth-Client"] is None
    assert ask(machine, machine.token(scope=needed), "orders.read closed.read").status == 200


def test_r54_a_resource_that_needs_no_scope_still_needs_a_token(machine: Caller, tokens: dict[str, str]) -> None:
    assert ask(machine, tokens["ping"]).status == 200
    assert ask(machine, tokens["signed"], "orders.read").status == 200
    for answer in (ask(machine, None), ask(machine, None, "ping", headers={"Authorization": as_client("service")})):
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authserver"'
        assert "error" not in answer.json
        assert answer.headers["X-Reference"]


@pytest.mark.parametrize("token", ["rubbish", "asa_" + "0" * 52, "a.b.c", "x" * 9000])
def test_r54_a_token_that_does_not_hold_is_invalid(machine: Caller, token: str) -> None:
    answer = ask(machine, token)
    is_refused(answer, 401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_r57_a_revoked_token_passes_no_more(machine: Caller) -> None:
    token = machine.token(scope="ping")
    assert ask(machine, token, "ping").status == 200
    machine.post("/revoke", {"token": token})
    is_refused(ask(machine, token, "ping"), 401, "invalid_token")


def test_a_scope_of_an_api_that_the_token_is_not_meant_for_is_refused(
    machine: Caller, furnished: Server, tokens: dict[str, str]
) -> None:
    """Contracts, Machine addresses: "a scope's API must be in the token's audience"."""
    scopes = [{"name": "moved.read", "api": "Orders"}]
    clients = [{"clientId": "service", "allowedScope": "ping orders.* closed.* moved.*"}]
    furnished.manage("apply", "-", text=json.dumps({"scopes": scopes, "clients": clients}))
    token = machine.token(scope="moved.read")
    assert ask(machine, token, "moved.read").status == 200
    furnished.manage("apply", "-", text=json.dumps({"scopes": [{"name": "moved.read", "api": "Mail"}]}))
    is_refused(ask(machine, token, "moved.read"), 403, "insufficient_scope")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Method": "GET /"},
        {"X-Forwarded-Method": "A" * 21},
        {"X-Original-Method": "GET,POST"},
        {"X-Forwarded-Method": "GET", "X-Original-Method": "POST"},
    ],
)
def test_a_method_that_is_none_is_a_bad_request(
    machine: Caller, tokens: dict[str, str], headers: dict[str, str]
) -> None:
    is_refused(ask(machine, tokens["ping"], headers=headers), 400, "invalid_request")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Method": "DELETE", "X-Forwarded-Uri": "/orders/7?secret=x"},
        {"X-Original-Method": "PROPFIND", "X-Original-URI": "/" + "a" * 5000},
        {"X-Forwarded-Method": "GET", "X-Original-Method": "GET"},
        {"X-Forwarded-Method": ""},
        {"Content-Type": "text/xml; charset=iso-8859-1"},
        {"Content-Type": "multipart/form-data; boundary=" + "-" * 190},
    ],
)
def test_the_headers_of_the_original_request_do_no_harm(
    machine: Caller, tokens: dict[str, str], headers: dict[str, str]
) -> None:
    assert ask(machine, tokens["ping"], "ping", headers=headers).status == 200


@pytest.mark.parametrize(
    "query",
    ["scope=ping&scope=ping", "scope=%22", "scope=p%C3%ADng", "scope=%zz", "scope=" + "a+" * 300, "scope=a%0d%0aX:y"],
)
def test_a_scope_that_cannot_stand_in_a_challenge_is_a_bad_request(
    machine: Caller, tokens: dict[str, str], query: str
) -> None:
    answer = machine.send("GET", f"/check?{query}", headers={"Authorization": f"Bearer {tokens['ping']}"})
    is_refused(answer, 400, "invalid_request")


def test_several_authorization_headers_are_a_bad_request_and_a_huge_one_no_fault(
    machine: Caller, tokens: dict[str, str]
) -> None:
    shown = f"Authorization: Bearer {tokens['ping']}"
    assert status(machine, shown) == 200
    assert status(machine, shown, shown) == 400
    assert status(machine, shown, "Authorization: Basic eDp5") == 400
    assert status(machine, "Authorization: Basic eDp5", shown) in (400, 401)
    assert status(machine, f"Authorization: Bearer {tokens['ping']}, {shown.partition(' ')[2]}") == 400
    assert status(machine, f"Authorization: Bearer {'a' * 64_000}") in (401, 431)


def status(machine: Caller, *headers: str) -> int:
    lines = "\r\n".join(["GET /check?scope=ping HTTP/1.1", f"Host: {machine.host}", "Connection: close", *headers])
    with socket.create_connection((machine.host, machine.port), timeout=30) as wire:
        wire.sendall(f"{lines}\r\n\r\n".encode("latin-1"))
        return int(wire.recv(4096).split(b" ", 2)[1])


def test_the_trail_names_the_path_that_was_asked_about_and_never_its_query(
    machine: Caller, furnished: Server, tokens: dict[str, str]
) -> None:
    answer = ask(
        machine, tokens["orders"], "closed.read mail.send", headers={"X-Original-URI": "/vault/7?secret=hunter2"}
    )
    reference = answer.json["reference"]
    code = f"from audit.models import Event; print(Event.objects.get(reference={reference!r}).detail)"
    told = furnished.shell(code).splitlines()[-1]
    assert "/vault/7" in told
    assert "hunter2" not in told
