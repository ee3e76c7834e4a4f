"""What attackers try at the machine endpoints and where people decide, as far as no other file of this folder shows it.

`docs/attacks.md` lists all of it, with the test of each line.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.protocol import test_device_grant as device
from tests.protocol.authorizing import Browser
from tests.protocol.caller import FORM, Caller, basic
from tests.protocol.conftest import as_client
from tests.protocol.test_token_endpoint import ASK, is_refused

MACHINE = ("/token", "/introspect", "/revoke", "/userinfo", "/device_authorization", "/check", "/jwks",
           "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")  # fmt: skip


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """An address of this machine, and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_nothing_that_a_request_points_to_is_fetched(browser: Browser) -> None:
    """In development mode the server may reach this machine; what it refuses it does not read first."""
    with listening() as (url, asked):
        for changes, error in (
            ({"request_uri": f"{url}/request"}, "request_uri_not_supported"),
            ({"registration": f'{{"jwks_uri": "{url}/keys"}}'}, "registration_not_supported"),
            ({"resource": f"{url}/resource"}, "invalid_target"),
        ):
            assert browser.authorize(**changes).parameters["error"] == error
        assert browser.authorize(redirect_uri=f"{url}/back").status == 400
        assert browser.get("/end_session", {"post_logout_redirect_uri": f"{url}/bye", "client_id": "web"}).status == 400
    assert asked == []


@pytest.mark.parametrize("client_id", ["admin", "push", "keys"])
def test_a_client_that_has_no_secret_is_not_let_in_by_an_empty_one(machine: Caller, client_id: str) -> None:
    """The server's own clients, and one that signs instead."""
    for header in (basic(client_id, ""), basic(client_id, "%00"), basic(client_id, client_id)):
        is_refused(machine.post("/token", ASK, authorization=header), 401, "invalid_client")
    for sent in ({}, {"client_secret": ""}, {"client_secret": client_id}):
        is_refused(
            machine.post("/token", {**ASK, "client_id": client_id, **sent}, authorization=""), 401, "invalid_client"
        )
    header = basic(client_id, "")
    is_refused(machine.post("/introspect", {"token": "x"}, authorization=header), 401, "invalid_client")


def test_an_unknown_client_and_a_wrong_secret_take_the_same_time(machine: Caller) -> None:
    """The quickest of each: one that were not tried at all would be quicker than any of the others."""
    quickest: dict[str, float] = {}
    for number in range(8):
        for name in ("service", "nobody", "phone", "admin"):
            header = basic(name, f"a-wrong-secret-of-this-try-{number}")
            begun = time.monotonic()
            answer = machine.post("/token", ASK, authorization=header)
            taken = time.monotonic() - begun
            is_refused(answer, 401, "invalid_client")
            quickest[name] = min(taken, quickest.get(name, taken))
    assert max(quickest.values()) < 2 * min(quickest.values()), quickest


@pytest.mark.parametrize("path", MACHINE)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_machine_address_answers_in_json_whatever_accept_says(machine: Caller, method: str, path: str) -> None:
    """Errors too: nobody's error handler has to read a page."""
    headers = {"Accept": "text/html,application/xhtml+xml", "Content-Type": FORM}
    answer = machine.send(method, path, b"x=1", headers)
    assert answer.headers["Content-Type"] == "application/json", answer.text
    assert isinstance(answer.json, dict)
    assert answer.status < 500


def test_an_expired_token_is_answered_like_one_that_never_was(machine: Caller) -> None:
    token = machine.token(authorization=as_client("brief"))
    assert machine.introspect(token, authorization=as_client("reader"))["active"] is True
    time.sleep(1.1)
    answers = [
        machine.post("/introspect", {"token": value}, authorization=as_client("reader")) for value in (token, "rubbish")
    ]
    assert {answer.text for answer in answers} == {'{"active": false}'}
    bearer = {"Authorization": f"Bearer {token}"}
    unknown = {"Authorization": "Bearer asa_" + "0" * 52}
    said = [machine.send("GET", path, None, each) for path in ("/userinfo", "/check") for each in (bearer, unknown)]
    assert {answer.status for answer in said} == {401}
    assert len({answer.headers["WWW-Authenticate"] for answer in said}) == 1


def test_markup_in_what_a_client_and_a_scope_are_called_is_text_where_people_decide(
    machine: Caller, browser: Browser
) -> None:
    asked = {"client_id": "odd", "redirect_uri": "https://odd.example/back", "scope": "ping odd.scope"}
    code = device.ask(machine, client_id="odd", scope="ping odd.scope")["user_code"]
    nobody = Browser(browser.url)
    pages = (
        browser.authorize(**asked),
        device.type_code(browser, code),
        nobody.get(nobody.authorize(**asked).location),
    )
    for page in pages:
        assert page.status == 200
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert "&lt;img src=x onerror=alert(1)&gt;" in pages[0].text
    assert "&lt;img src=x onerror=alert(1)&gt;" in pages[1].text
