"""RP-Initiated Logout 1.0 over HTTP: who is asked, who is not, and where people are never sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.protocol.authorizing import Answer, Browser
from tests.protocol.caller import Caller
from tests.protocol.conftest import as_client
from tests.protocol.test_openid import tokens_for

BYE = "https://web.example/bye"


@pytest.fixture
def browser(machine: Caller) -> Browser:
    one = Browser(f"http://{machine.host}:{machine.port}")
    one.sign_in()
    return one


@pytest.fixture
def hint(machine: Caller, browser: Browser) -> str:
    return str(tokens_for(machine, browser, scope="openid ping")["id_token"])


def end_session(browser: Browser, **parameters: str) -> Answer:
    return browser.get("/end_session", parameters)


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account/").status == 200


def test_logout_with_an_id_token_of_the_person_signs_out_at_once_and_returns(browser: Browser, hint: str) -> None:
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=BYE, state="a & b")
    assert (answer.status, answer.location) == (302, f"{BYE}?state=a+%26+b")
    assert not is_signed_in(browser)


def test_logout_keeps_the_query_of_the_registered_address(browser: Browser, hint: str) -> None:
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=f"{BYE}?a=1", state="s")
    assert answer.location == f"{BYE}?a=1&state=s"


def test_logout_without_an_id_token_asks_first_and_then_returns(browser: Browser) -> None:
    page = end_session(browser, client_id="web", post_logout_redirect_uri=BYE)
    assert page.status == 200
    assert "Returns portal" in page.text
    assert "form-action 'self' https://web.example" in page.headers["Content-Security-Policy"]
    assert is_signed_in(browser)
    answer = browser.post(page.action, {**page.hidden, "sign_out": "1"})
    assert (answer.status, answer.location) == (303, BYE)
    assert not is_signed_in(browser)


def test_logout_can_be_declined(browser: Browser) -> None:
    page = end_session(browser, client_id="web", post_logout_redirect_uri=BYE)
    answer = browser.post(page.action, {**page.hidden, "stay": "1"})
    assert answer.status == 200
    assert is_signed_in(browser)


def test_logout_without_any_parameter_asks_and_ends_on_a_page(browser: Browser) -> None:
    page = browser.get("/end_session")
    answer = browser.post(page.action, {**page.hidden, "sign_out": "1"})
    assert answer.status == 200
    assert "You are signed out" in answer.text
    assert not is_signed_in(browser)


def test_logout_of_somebody_else_asks_first(machine: Caller, browser: Browser, hint: str) -> None:
    other = Browser(browser.url)
    other.sign_in("tomas")
    assert end_session(other, id_token_hint=hint, post_logout_redirect_uri=BYE).status == 200
    assert is_signed_in(other)


def test_logout_of_nobody_returns_at_once(machine: Caller, browser: Browser, hint: str) -> None:
    fresh = Browser(browser.url)
    assert end_session(fresh, id_token_hint=hint, post_logout_redirect_uri=BYE).location == BYE
    assert end_session(fresh).status == 200


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_id": "web", "post_logout_redirect_uri": f"{BYE}/"},
        {"client_id": "web", "post_logout_redirect_uri": "https://evil.example/"},
        {"client_id": "web", "post_logout_redirect_uri": f"{BYE}#a"},
        {"client_id": "web", "post_logout_redirect_uri": "https://web.example/back"},
        {"post_logout_redirect_uri": BYE},
        {"client_id": "nobody", "post_logout_redirect_uri": BYE},
        {"client_id": "phone", "post_logout_redirect_uri": BYE},
        {"client_id": "web", "post_logout_redirect_uri": BYE, "state": "s" * 4001},
        {"id_token_hint": "rubbish", "post_logout_redirect_uri": BYE},
        {"id_token_hint": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", "client_id": "web"},
    ],
)
def test_logout_in_doubt_is_a_page_and_never_a_redirect(browser: Browser, parameters: dict[str, str]) -> None:
    answer = browser.get("/end_session", parameters)
    assert answer.status == 400
    assert answer.location == ""
    assert "cannot continue" in answer.text
    assert answer.headers["X-Reference"]
    assert is_signed_in(browser)


def test_logout_with_another_client_than_the_hints_is_refused(browser: Browser, hint: str) -> None:
    assert end_session(browser, id_token_hint=hint, client_id="phone").status == 400


def test_an_access_token_is_no_id_token_hint(machine: Caller, browser: Browser) -> None:
    token = machine.token(scope="ping", authorization=as_client("signer"))
    assert token.count(".") == 2
    assert end_session(browser, id_token_hint=token).status == 400


def test_logout_posted_by_another_site_works_like_get(browser: Browser, hint: str) -> None:
    form = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
    answer = browser.post("/end_session", form, Origin="https://web.example")
    assert answer.status == 303
    assert answer.location == f"/end_session?{urlencode(form)}"
    assert browser.get(answer.location).location == BYE


def test_the_answer_needs_the_forms_token(browser: Browser) -> None:
    assert browser.post("/end_session", {"sign_out": "1"}).status == 403
    assert is_signed_in(browser)


@pytest.mark.parametrize("query", ["client_id=web&client_id=web", "a=%FF", "client_id=%00", "client_id=" + "x" * 9000])
def test_unreadable_requests_are_pages(browser: Browser, query: str) -> None:
    assert browser.get("/end_session", query).status in (400, 414, 431)


def test_the_pages_are_hardened(browser: Browser) -> None:
    page: Any = browser.get("/end_session")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
