"""RFC 6749 §4.1, RFC 7636: from the authorization request over consent to tokens, and what codes are refused."""

from __future__ import annotations

import pytest

from tests.protocol.authorizing import BACK, Browser, is_active, redeem, refresh, request_of
from tests.protocol.caller import Caller
from tests.protocol.conftest import as_client


@pytest.fixture
def browser(machine: Caller) -> Browser:
    one = Browser(f"http://{machine.host}:{machine.port}")
    one.sign_in()
    return one


def test_r23_from_sign_in_over_consent_to_a_code_and_its_tokens(machine: Caller) -> None:
    browser = Browser(f"http://{machine.host}:{machine.port}")
    asked = browser.authorize()
    assert asked.status == 302
    assert asked.location.startswith("/sign-in/?next=")
    back = browser.sign_in(at=asked.location)
    page = browser.get(back.location)
    assert "Returns portal" in page.text
    assert "web.example" in page.text
    answer = browser.allow(page)
    assert answer.location.startswith(BACK + "?")
    assert set(answer.parameters) == {"code", "state", "iss"}
    assert answer.parameters["state"] == request_of()["state"]
    assert answer.parameters["iss"] == browser.url
    tokens = redeem(machine, answer.code)
    assert tokens.status == 200, tokens.text
    assert set(tokens.json) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    said = machine.introspect(tokens.json["access_token"], authorization=as_client("reader"))
    assert (said["username"], said["client_id"], said["scope"]) == ("mara", "web", "ping")
    assert len(said["sub"]) == 36
    again = refresh(machine, tokens.json["refresh_token"])
    assert again.status == 200, again.text
    assert is_active(machine, again.json["access_token"])
