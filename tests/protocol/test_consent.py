"""R64, RFC 6749 §10.13, RFC 8252 §8.6: what people are asked, what their answer grants, what is remembered."""

from __future__ import annotations

import re

from tests.protocol.authorizing import Browser, is_active, redeem, refresh, request_of
from tests.protocol.caller import Caller
from tests.protocol.conftest import as_client
from tests.protocol.test_token_endpoint import is_refused


def test_r64_the_consent_page_says_who_asks_for_what_and_how_long(browser: Browser) -> None:
    page = browser.authorize(scope="profile orders.read orders.refund", prompt="consent")
    for words in ("Returns portal", "Run by owner", "See your name and picture", "Read orders", "Send refunds",
                  "web.example", "For 1 hour at a time, at most 30 days", "orders.refund"):  # fmt: skip
        assert words in page.text, words
    headers = page.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "form-action 'self' https://web.example" in headers["Content-Security-Policy"]


def test_a_sensitive_scope_beside_others_is_given_only_where_it_is_ticked(machine: Caller, browser: Browser) -> None:
    asked = {"scope": "ping orders.refund", "prompt": "consent"}
    left_out = redeem(machine, browser.allow(browser.authorize(**asked)).code)
    assert left_out.json["scope"] == "ping"
    ticked = browser.allow(browser.authorize(**asked), ticked=("orders.refund",))
    assert redeem(machine, ticked.code).json["scope"] == "ping orders.refund"
    alone = browser.authorize(scope="orders.refund", prompt="consent")
    assert 'type="checkbox"' not in alone.text
    assert redeem(machine, browser.allow(alone).code).json["scope"] == "orders.refund"


def test_r64_consent_is_remembered_for_what_it_covers_and_forgotten_when_withdrawn(
    machine: Caller, browser: Browser
) -> None:
    asked = {"client_id": "thrice", "scope": "ping"}
    browser.code(**asked)
    assert "code" in browser.authorize(**asked).parameters
    assert "code" in browser.authorize(**asked, approval_prompt="auto").parameters
    assert browser.authorize(**asked, prompt="consent").status == 200
    tokens = redeem(machine, browser.code(**asked), authorization=as_client("thrice")).json
    pending = browser.code(**asked)
    account = browser.get("/account/")
    assert "thrice" in account.text
    (withdraw,) = re.findall(r'href="([^"]+)" aria-label="Withdraw the access of thrice"', account.text)
    page = browser.get(withdraw)
    assert "Withdraw the access of thrice?" in page.text
    assert browser.post(withdraw, page.hidden | _csrf(page.text)).status == 302
    assert not is_active(machine, tokens["access_token"])
    is_refused(refresh(machine, tokens["refresh_token"], authorization=as_client("thrice")), 400, "invalid_grant")
    is_refused(redeem(machine, pending, authorization=as_client("thrice")), 400, "invalid_grant")
    assert browser.authorize(**asked).status == 200
    assert browser.authorize(**asked, approval_prompt="auto").status == 200


def _csrf(text: str) -> dict[str, str]:
    return {"csrfmiddlewaretoken": re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)[0]}


def test_denying_tells_the_client_and_grants_nothing(browser: Browser) -> None:
    answer = browser.allow(browser.authorize(prompt="consent"), deny="1")
    assert answer.parameters["error"] == "access_denied"
    assert set(answer.parameters) == {"error", "error_description", "state", "iss"}
    assert answer.parameters["iss"] == browser.url


def test_a_consent_form_without_its_token_or_tampered_with_is_refused(browser: Browser) -> None:
    page = browser.authorize(prompt="consent", scope="ping orders.refund")
    form = {**page.hidden, "allow": "1"}
    without = {name: value for name, value in form.items() if name != "csrfmiddlewaretoken"}
    assert browser.post(page.action, without).status == 403
    assert browser.post("/authorize", {**request_of(), "allow": "1"}).status == 403
    tampered = [
        (page.action.replace("scope=ping", "scope=orders.read"), form),
        (page.action.replace("web.example", "evil.example"), form),
        (page.action.replace("state=a", "state=b"), form),
        (page.action, {**form, "scope": "orders.read"}),
        (page.action, {**form, "scope": ["orders.refund", "closed.read"]}),
        (page.action, {**form, "ticket": "x"}),
        (page.action, {**form, "ticket": ""}),
        (page.action, {**form, "redirect_uri": "https://evil.example/"}),
        (page.action, {**form, "client_id": "phone"}),
    ]
    for action, body in tampered:
        answer = browser.post(action, body)
        assert answer.status == 400, (action, body, answer.location)
        assert "Location" not in answer.headers
    assert "code" in browser.post(page.action, form, Origin="null").parameters


def test_a_consent_form_of_somebody_else_asks_again(machine: Caller, browser: Browser) -> None:
    page = browser.authorize(prompt="consent")
    other = Browser(browser.url)
    other.sign_in("tomas")
    own = other.authorize(prompt="consent")
    answer = other.post(own.action, {**own.hidden, "ticket": page.hidden["ticket"], "allow": "1"})
    assert (answer.status, answer.location) == (303, own.action)


def test_origin_null_is_no_obstacle_at_sign_in_either(machine: Caller, browser: Browser) -> None:
    nobody = Browser(browser.url)
    page = nobody.get("/sign-in/")
    form = {**page.hidden, "login": "tomas", "password": "wrong-password-here"}
    assert nobody.post("/sign-in/", form, Origin="null").status == 200
