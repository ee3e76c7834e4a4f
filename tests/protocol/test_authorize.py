"""RFC 6749 §3.1, §4.1.1, §4.1.2.1 over HTTP: what an authorization request may be, and who hears what is wrong."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from requests.structures import CaseInsensitiveDict

from tests.protocol.authorizing import BACK, PROOF, Answer, Browser, one, redeem, request_of
from tests.protocol.caller import Caller
from tests.protocol.conftest import as_client


def is_shown(answer: Answer, *, status: int = 400) -> None:
    """A page of this server's, and nowhere to go."""
    assert answer.status == status, (answer.status, answer.location, answer.text[:300])
    assert "Location" not in answer.headers
    assert answer.headers["X-Reference"] in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def is_sent(answer: Answer, error: str, *, to: str = BACK) -> None:
    """An error at the client's redirect URI, with exactly one `iss` and the state as it came."""
    assert answer.status in (302, 303), (answer.status, answer.text[:300])
    assert answer.location.startswith(to), answer.location
    assert answer.parameters["error"] == error, answer.parameters
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", answer.parameters["iss"])
    assert answer.headers["Cache-Control"] == "no-store"


# ── Client and redirect URI: told to the person ──

OTHERS = [
    "https://web.example/back?x=1", "https://web.example/back#x", "https://mara@web.example/back",
    "https://web.example/a/../back", "https://web.example/back;p", "https://web.example/%62ack",
    "https://web.example/%2e/back", "https://WEB.example/back", "https://web.example/Back",
    "https://web.example/back/", "https://web.example:443/back", "https://web.example:8443/back",
    "http://web.example/back", "https://web.example/", "https://web.example.evil.example/back",
    "https://web.example\\@evil.example/back", "//web.example/back", "/back", "javascript:alert(1)",
    "data:text/html,x", "https://[::1", "https://web.example/back\r\nX: y", "https://wéb.example/back",
    "https://xn--wb-bja.example/back", " https://web.example/back", "https://web.example/back ", "*", "x" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("uri", OTHERS)
def test_r5_r23_any_redirect_but_the_registered_one_is_shown_and_never_followed(browser: Browser, uri: str) -> None:
    is_shown(browser.authorize(redirect_uri=uri))


@pytest.mark.parametrize(
    "tail", ["redirect_uri=https://web.example/back%00", "redirect_uri=%zz", "state=%ff", "state=%", "%00=1", "=%c3%28"]
)
def test_a_nul_or_a_broken_escape_anywhere_is_shown(machine: Caller, tail: str) -> None:
    """As it is written: a client's library would mend it."""
    query = f"{urlencode(request_of(redirect_uri=None, state=None))}&{tail}"
    response = machine.send("GET", f"/authorize?{query}")
    is_shown(Answer(status=response.status, headers=CaseInsensitiveDict(response.headers.items()), text=response.text))


@pytest.mark.parametrize(
    ("uri", "accepted"),
    [
        ("http://127.0.0.1/back", True),
        ("http://127.0.0.1:49152/back", True),
        ("http://[::1]:49152/back", True),
        ("http://127.0.0.1:0/back", False),
        ("http://127.0.0.1:99999/back", False),
        ("http://127.0.0.1:49152/other", False),
        ("http://127.0.0.1:49152/back?x=1", False),
        ("http://127.0.0.2:49152/back", False),
        ("http://127.0.0.1:49152@evil.example/back", False),
        ("http://localhost/back", True),
        ("http://localhost:49152/back", False),
        ("https://phone.example:8443/back", False),
        ("com.example.phone:/back", True),
        ("com.example.phone:/back2", False),
    ],
)
def test_r5_rfc8252_only_the_port_of_a_loopback_literal_may_differ(browser: Browser, uri: str, accepted: bool) -> None:
    """§7.3: the authorization server MUST allow any port to be specified at the time of the request."""
    answer = browser.authorize(client_id="phone", redirect_uri=uri)
    if not accepted:
        is_shown(answer)
        return
    assert answer.status == 200
    assert browser.allow(answer).location.startswith(f"{uri}?code=")


def test_an_unknown_client_is_shown_also_silently(browser: Browser) -> None:
    for client_id in ("nobody", "NOBODY", "x" * 300, "wéb", "web\x01", None):
        is_shown(browser.authorize(client_id=client_id, prompt="none"))


def test_a_bad_response_type_does_not_send_to_an_unregistered_redirect(browser: Browser) -> None:
    is_shown(browser.authorize(response_type="bad", redirect_uri="https://evil.example/"))


def test_two_registered_redirects_and_none_sent_is_shown_and_one_is_used(browser: Browser, machine: Caller) -> None:
    is_shown(browser.authorize(client_id="phone", redirect_uri=None))
    code = browser.code(redirect_uri=None)
    assert redeem(machine, code, redirect_uri=None).status == 200


def test_openid_requires_the_redirect_to_be_named(browser: Browser) -> None:
    """OpenID Connect Core §3.1.2.1: redirect_uri REQUIRED."""
    is_shown(browser.authorize(redirect_uri=None, scope="openid"))


def test_r46_a_deactivated_client_is_shown(browser: Browser) -> None:
    is_shown(browser.authorize(client_id="off", redirect_uri=None))


def test_a_client_without_the_grant_is_told_so_only_where_a_redirect_is_registered(browser: Browser) -> None:
    is_shown(browser.authorize(client_id="service"))


# ── Everything else: told to the client ──


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": "CODE"}, "unsupported_response_type"),
        ({"response_mode": "pigeon"}, "invalid_request"),
        ({"scope": "nothing.like.it"}, "invalid_scope"),
        ({"scope": "closed.read"}, "invalid_scope"),
        ({"scope": "orders.*"}, "invalid_scope"),
        ({"scope": "ping  orders.read"}, "invalid_scope"),
        ({"scope": "ping " * 300}, "invalid_scope"),
        ({"resource": "https://unknown.example"}, "invalid_target"),
        ({"resource": "orders"}, "invalid_target"),
        ({"resource": "https://orders.example#x", "scope": "orders.read"}, "invalid_target"),
        ({"resource": "https://orders.example", "scope": "ping"}, "invalid_target"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "9" * 30}, "invalid_request"),
        ({"nonce": "n" * 256}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": "{" * 1000}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "http://127.0.0.1:1/never-fetched"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        # RFC 7636 §4.3, §4.4.1; RFC 9700 §2.1.1
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "a"}, "invalid_request"),
        ({"code_challenge": PROOF.challenge + "="}, "invalid_request"),
        ({"code_challenge": PROOF.challenge[:-1] + "+"}, "invalid_request"),
        ({"code_challenge": "é" * 43}, "invalid_request"),
    ],
)
def test_what_is_wrong_with_a_request_is_sent_to_its_client(
    browser: Browser, changes: dict[str, Any], error: str
) -> None:
    answer = browser.authorize(**changes)
    is_sent(answer, error)
    assert set(answer.parameters) == {"error", "error_description", "state", "iss"}
    assert answer.parameters["state"] == request_of()["state"]
    assert answer.headers["X-Reference"].startswith("R-")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_client_or_redirect_that_comes_twice_is_shown(browser: Browser, name: str) -> None:
    is_shown(browser.get("/authorize", f"{urlencode(request_of())}&{urlencode({name: request_of()[name]})}"))


@pytest.mark.parametrize("name", ["scope", "state", "response_type", "code_challenge", "nonce", "unheard-of"])
def test_any_other_parameter_that_comes_twice_is_an_invalid_request(browser: Browser, name: str) -> None:
    twice = urlencode({name: request_of().get(name, "x")})
    answer = browser.get("/authorize", f"{urlencode(request_of(**{name: 'x'}))}&{twice}")
    is_sent(answer, "invalid_request")
    assert ("state" in answer.parameters) == (name != "state")


def test_long_parameters_are_bounded_refusals_and_no_faults(browser: Browser) -> None:
    is_shown(browser.authorize(state="s" * 5000))
    is_shown(browser.authorize(unknown="u" * 40_000))
    is_shown(browser.get("/authorize", "&".join(f"p{n}=1" for n in range(2000))))
    for name in ("scope", "code_challenge", "nonce", "resource", "prompt", "claims", "response_mode"):
        assert browser.authorize(**{name: "x" * 20_000}).status in (302, 400)


def test_only_get_and_post(browser: Browser) -> None:
    for method in ("HEAD", "PUT", "DELETE", "OPTIONS"):
        response = browser.session.request(method, browser.url + "/authorize", params=request_of(), timeout=60)
        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, POST"


def test_script_and_line_feeds_in_parameters_are_inert(browser: Browser) -> None:
    state = '"><script>alert(1)</script>\r\nSet-Cookie: a=b'
    for page in (browser.authorize(state=state), browser.authorize(state=state, prompt="none")):
        assert "<script>alert" not in page.text
        assert "Set-Cookie" not in {name for name in page.headers if page.headers[name].startswith("a=b")}
    answer = browser.allow(browser.authorize(state=state, prompt="consent"))
    assert "\r" not in answer.location
    assert answer.parameters["state"] == state


# ── Response modes ──


def test_the_three_response_modes_carry_the_same_answer(browser: Browser) -> None:
    for mode, mark in (("query", "?"), ("fragment", "#")):
        answer = browser.allow(browser.authorize(response_mode=mode, prompt="consent"))
        assert answer.location.startswith(f"{BACK}{mark}code=")
        assert set(answer.parameters) == {"code", "state", "iss"}
    page = browser.allow(browser.authorize(response_mode="form_post", prompt="consent"))
    assert (page.status, page.action) == (200, BACK)
    assert set(page.hidden) == {"code", "state", "iss"}
    assert page.hidden["state"] == request_of()["state"]
    assert "form-action 'self' https://web.example" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_errors_travel_in_the_response_mode_too(browser: Browser) -> None:
    fragment = browser.authorize(response_mode="fragment", scope="nothing")
    assert "?" not in fragment.location
    assert fragment.parameters["error"] == "invalid_scope"
    page = browser.authorize(response_mode="form_post", scope="nothing")
    assert page.hidden["error"] == "invalid_scope"
    assert page.hidden["iss"] == browser.url


def test_a_query_that_the_redirect_has_is_kept(browser: Browser) -> None:
    """RFC 6749 §3.1.2: a query component MUST be retained when adding parameters."""
    uri = "https://q.example/back?a=1"
    answer = browser.authorize(client_id="query", redirect_uri=uri, scope="nothing")
    assert answer.location.startswith(f"{uri}&error=")


# ── POST ──


def test_a_post_of_another_site_is_checked_and_goes_on_as_a_get(browser: Browser) -> None:
    """OpenID Connect Core §3.1.2.1: both methods MUST be supported."""
    answer = browser.post("/authorize", request_of(), Origin="https://web.example")
    assert answer.status == 303
    assert answer.location == "/authorize?" + urlencode(request_of())
    assert browser.get(answer.location).status in (200, 302)
    is_shown(browser.post("/authorize", request_of(client_id="nobody")))
    sent = browser.post("/authorize", request_of(scope="nothing"))
    is_sent(sent, "invalid_scope")
    assert sent.status == 303


def test_a_post_that_is_no_form_is_refused(browser: Browser) -> None:
    answer = browser.post("/authorize", "{}", Content_Type="application/json")
    is_shown(answer, status=415)


# ── Signing in ──


def test_silent_sign_in_finds_nobody_and_says_so(machine: Caller, browser: Browser) -> None:
    nobody = Browser(browser.url)
    answer = nobody.authorize(prompt="none")
    is_sent(answer, "login_required")
    is_sent(browser.authorize(client_id="thrice", prompt="none"), "consent_required")
    browser.code(client_id="thrice")
    assert set(browser.authorize(client_id="thrice", prompt="none").parameters) == {"code", "state", "iss"}


def test_sign_in_continues_and_its_form_may_lead_to_the_client(machine: Caller, browser: Browser) -> None:
    nobody = Browser(browser.url)
    answer = nobody.authorize(login_hint="mara")
    page = nobody.get(answer.location)
    assert "form-action 'self' https://web.example" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert 'value="mara"' in page.text
    assert "Returns portal" in page.text
    back = nobody.sign_in(at=answer.location)
    assert back.location.startswith("/authorize?")
    after = nobody.get(back.location)
    assert after.status == 200 or "code" in after.parameters
    elsewhere = nobody.get("/sign-in/?next=https://web.example/")
    assert "web.example" not in elsewhere.headers["Content-Security-Policy"]


def test_sign_in_lets_no_unregistered_address_through(browser: Browser) -> None:
    target = "/authorize?" + urlencode(request_of(redirect_uri="https://evil.example/"))
    page = Browser(browser.url).get("/sign-in/?" + urlencode({"next": target}))
    assert "evil.example" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}])
def test_who_must_sign_in_again_does_so_and_goes_on(own_browser: Browser, changes: dict[str, str]) -> None:
    asked = own_browser.authorize(**changes)
    assert asked.location.startswith("/sign-in/?next=")
    again = own_browser.get(asked.location)
    assert again.status == 200
    assert 'name="password"' in again.text
    assert own_browser.get(one(asked.location, "next")).location.startswith("/sign-in/")
    back = own_browser.sign_in(at=asked.location)
    page = own_browser.get(back.location)
    assert page.status == 200 or "code" in page.parameters
    assert own_browser.authorize(**changes).location.startswith("/sign-in/")


def test_a_mark_of_another_request_or_none_of_ours_counts_for_nothing(own_browser: Browser) -> None:
    asked = own_browser.authorize(prompt="login")
    back = own_browser.sign_in(at=asked.location)
    mark = one(back.location, "again")
    for again in (mark, "x", ""):
        other = own_browser.authorize(prompt="login", scope="orders.read", again=again)
        assert other.location.startswith("/sign-in/")


def test_a_recent_sign_in_satisfies_max_age(browser: Browser) -> None:
    assert "/sign-in/" not in browser.authorize(max_age="1000").location


def test_another_person_signs_in_instead(own_browser: Browser, machine: Caller) -> None:
    asked = own_browser.authorize(prompt="select_account consent")
    back = own_browser.sign_in("tomas", at=asked.location)
    page = own_browser.get(back.location)
    assert "tomas" in page.text
    tokens = redeem(machine, own_browser.allow(page).code)
    assert tokens.status == 200


# ── Resources ──


def test_rfc8707_a_named_resource_narrows_scope_and_audience(browser: Browser, machine: Caller) -> None:
    """§2: the audience of the token is what `resource` names; several are allowed."""
    scope = "ping orders.read mail.send"
    both = [
        *request_of(scope=scope).items(),
        ("resource", "https://orders.example"),
        ("resource", "https://mail.example"),
    ]
    page = browser.get("/authorize", urlencode(both))
    first = redeem(machine, (browser.allow(page) if page.status == 200 else page).code)
    assert first.json["scope"] == scope
    tokens = redeem(machine, browser.code(scope=scope), resource="https://mail.example")
    assert tokens.json["scope"] == "ping mail.send"
    said = machine.introspect(tokens.json["access_token"], authorization=as_client("reader"))
    assert said["aud"] == "https://mail.example"
    one_only = browser.code(scope=scope, resource="https://orders.example")
    assert redeem(machine, one_only, resource="https://mail.example").error == "invalid_target"


def test_redirects_lead_to_the_registered_host_alone(browser: Browser) -> None:
    assert urlsplit(browser.authorize(scope="nothing").location).netloc == "web.example"
