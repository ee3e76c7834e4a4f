"""RFC 8628 over HTTP: a device asks, a person decides in a browser, the device polls."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.protocol.authorizing import Answer, Browser, is_active, refresh
from tests.protocol.caller import Caller, Response
from tests.protocol.conftest import as_client
from tests.protocol.test_token_endpoint import is_refused

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def browser(machine: Caller) -> Browser:
    one = Browser(f"http://{machine.host}:{machine.port}")
    one.sign_in()
    return one


def ask(machine: Caller, *, client_id: str = "tv", **form: str) -> dict[str, Any]:
    response = machine.post("/device_authorization", {"client_id": client_id, **form}, authorization="")
    assert response.status == 200, response.text
    return response.json


def poll(machine: Caller, device_code: str, *, client_id: str = "tv", **form: str) -> Response:
    sent = {"grant_type": GRANT, "device_code": device_code, "client_id": client_id, **form}
    return machine.post("/token", sent, authorization="")


def type_code(browser: Browser, user_code: str) -> Answer:
    page = browser.get("/device")
    return browser.post("/device", {**page.hidden, "user_code": user_code})


def decide(browser: Browser, page: Answer, button: str, *, ticked: tuple[str, ...] = ()) -> Answer:
    return browser.post("/device", {**page.hidden, "scope": list(ticked), button: "1"})


def allow(browser: Browser, user_code: str) -> Answer:
    return decide(browser, type_code(browser, user_code), "allow")


def test_rfc8628_from_the_request_over_the_persons_decision_to_tokens(machine: Caller, browser: Browser) -> None:
    asked = ask(machine, scope="ping orders.read")
    assert asked.keys() == {
        "device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval",
    }  # fmt: skip
    assert (asked["verification_uri"], asked["interval"]) == (f"{browser.url}/device", 5)
    assert asked["verification_uri_complete"] == f"{browser.url}/device?user_code={asked['user_code']}"
    is_refused(poll(machine, asked["device_code"]), 400, "authorization_pending")
    page = type_code(browser, asked["user_code"])
    assert "Living-room screen" in page.text
    assert "Read orders" in page.text
    assert asked["user_code"] in page.text
    assert "is connected" in decide(browser, page, "allow").text
    tokens = poll(machine, asked["device_code"])
    assert tokens.status == 200, tokens.text
    assert tokens.json["scope"] == "ping orders.read"
    assert is_active(machine, tokens.json["access_token"])
    again = refresh(machine, tokens.json["refresh_token"], client_id="tv")
    assert again.status == 200, again.text


def test_rfc8628_a_device_code_is_redeemed_once(machine: Caller, browser: Browser) -> None:
    asked = ask(machine)
    allow(browser, asked["user_code"])
    tokens = poll(machine, asked["device_code"])
    assert tokens.status == 200
    is_refused(poll(machine, asked["device_code"]), 400, "invalid_grant")
    assert is_active(machine, tokens.json["access_token"])


def test_rfc8628_whoever_polls_too_soon_is_told_to_slow_down(machine: Caller) -> None:
    asked = ask(machine)
    is_refused(poll(machine, asked["device_code"]), 400, "authorization_pending")
    is_refused(poll(machine, asked["device_code"]), 400, "slow_down")


def test_rfc8628_denying_is_told_to_the_device_and_leaves_no_token(machine: Caller, browser: Browser) -> None:
    asked = ask(machine)
    assert "Nothing was allowed" in decide(browser, type_code(browser, asked["user_code"]), "deny").text
    is_refused(poll(machine, asked["device_code"]), 400, "access_denied")


@pytest.mark.parametrize("device_code", ["", "rubbish", "asd_" + "0" * 52, "\x00"])
def test_rfc8628_an_unknown_or_missing_device_code_is_refused(machine: Caller, device_code: str) -> None:
    response = poll(machine, device_code)
    assert response.status == 400
    assert response.error in ("invalid_grant", "invalid_request")


def test_rfc8628_another_clients_device_code_is_refused(machine: Caller, browser: Browser) -> None:
    asked = ask(machine)
    allow(browser, asked["user_code"])
    is_refused(poll(machine, asked["device_code"], client_id="kiosk"), 400, "invalid_grant")
    assert poll(machine, asked["device_code"]).status == 200


@pytest.mark.parametrize("client_id", ["phone", "nobody"])
def test_r21_only_a_client_with_the_grant_may_ask(machine: Caller, client_id: str) -> None:
    response = machine.post("/device_authorization", {"client_id": client_id}, authorization="")
    is_refused(response, 400 if client_id == "phone" else 401,
               "unauthorized_client" if client_id == "phone" else "invalid_client")  # fmt: skip


@pytest.mark.parametrize("scope", ["nothing.known", "mail.send", "*"])
def test_r33_a_scope_that_the_client_may_not_have_is_refused_at_once(machine: Caller, scope: str) -> None:
    response = machine.post("/device_authorization", {"client_id": "tv", "scope": scope}, authorization="")
    is_refused(response, 400, "invalid_scope")


def test_rfc8628_the_first_decision_counts_and_the_grant_is_the_approvers(machine: Caller, browser: Browser) -> None:
    asked = ask(machine)
    other = Browser(browser.url)
    other.sign_in("tomas")
    page, others = type_code(browser, asked["user_code"]), type_code(other, asked["user_code"])
    assert "is connected" in decide(other, others, "allow").text
    assert decide(browser, page, "allow").status == 400
    token = poll(machine, asked["device_code"]).json["access_token"]
    said = machine.introspect(token, authorization=as_client("reader"))
    assert said["username"] == "tomas"


def test_rfc8628_a_code_in_the_address_is_filled_in_and_no_more(machine: Caller, browser: Browser) -> None:
    """§5.4: nobody allows by following a link."""
    asked = ask(machine)
    page = browser.get("/device", {"user_code": asked["user_code"]})
    assert f'value="{asked["user_code"]}"' in page.text
    assert "Living-room screen" not in page.text
    is_refused(poll(machine, asked["device_code"]), 400, "authorization_pending")


@pytest.mark.parametrize(
    "change", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:4]} {code[5:]} "]
)
def test_rfc8628_a_code_is_read_as_people_type_it(machine: Caller, browser: Browser, change: Any) -> None:
    asked = ask(machine)
    assert "Living-room screen" in type_code(browser, change(asked["user_code"])).text


def test_a_sensitive_scope_among_others_is_the_persons_to_add(machine: Caller, browser: Browser) -> None:
    asked = ask(machine, scope="ping orders.refund")
    decide(browser, type_code(browser, asked["user_code"]), "allow")
    assert poll(machine, asked["device_code"]).json["scope"] == "ping"
    asked = ask(machine, scope="ping orders.refund")
    decide(browser, type_code(browser, asked["user_code"]), "allow", ticked=("orders.refund",))
    assert poll(machine, asked["device_code"]).json["scope"] == "ping orders.refund"


def test_the_page_asks_to_sign_in_first_and_comes_back_with_the_code(machine: Caller) -> None:
    browser = Browser(f"http://{machine.host}:{machine.port}")
    asked = ask(machine)
    sent = browser.get("/device", {"user_code": asked["user_code"]})
    assert sent.location.startswith("/sign-in/?next=/device")
    back = browser.sign_in(at=sent.location)
    assert asked["user_code"] in browser.get(back.location).text


def test_the_pages_are_hardened(machine: Caller, browser: Browser) -> None:
    for page in (browser.get("/device"), type_code(browser, ask(machine)["user_code"])):
        assert page.status == 200
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in page.headers["Cache-Control"]


def test_a_decision_needs_the_forms_token(machine: Caller, browser: Browser) -> None:
    asked = ask(machine)
    assert browser.post("/device", {"user_code": asked["user_code"], "allow": "1"}).status == 403
    is_refused(poll(machine, asked["device_code"]), 400, "authorization_pending")


def test_guessing_user_codes_is_bounded(machine: Caller) -> None:
    browser = Browser(f"http://{machine.host}:{machine.port}")
    browser.sign_in("tomas")
    answers = [type_code(browser, f"BBBB-BBB{letter}") for letter in "BCDFGHJKLMNP"]
    assert [answer.status for answer in answers[:5]] == [400] * 5
    assert answers[-1].status == 429
    assert "Wait five minutes" in answers[-1].text


@pytest.mark.parametrize("typed", ["", " ", "<script>alert(1)</script>", "\x00", "é" * 8, "W" * 70_000])
def test_what_is_no_code_is_told_and_stays_text(browser: Browser, typed: str) -> None:
    answer = type_code(browser, typed)
    assert answer.status in (400, 429)
    assert "<script>alert" not in answer.text


def test_duplicate_and_misplaced_parameters_are_refused(machine: Caller) -> None:
    is_refused(
        machine.post("/device_authorization", b"client_id=tv&client_id=tv", authorization=""), 400, "invalid_request"
    )
    is_refused(machine.send("GET", "/device_authorization?client_id=tv"), 405, "invalid_request")


def test_a_refused_poll_writes_no_token_and_a_later_one_still_succeeds(machine: Caller, browser: Browser) -> None:
    asked = ask(machine)
    for _ in range(3):
        poll(machine, asked["device_code"])
    allow(browser, asked["user_code"])
    time.sleep(0.1)
    assert poll(machine, asked["device_code"]).status == 200
