"""Settings, users and clients that change over HTTP: what becomes of codes, access and refresh tokens (R62)."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.authorizing import Browser, is_active, redeem, refresh
from tests.protocol.caller import Caller
from tests.protocol.conftest import DOCUMENT, as_client
from tests.protocol.test_token_endpoint import is_refused

Own = tuple[Caller, Browser, Server]


@pytest.fixture
def own(own_server: MakeServer, tmp_path: Path) -> Own:
    """A server that the test may change, and a browser in which `mara` is signed in."""
    running = own_server(workers=1)
    file = tmp_path / "registry.json"
    file.write_text(json.dumps(DOCUMENT))
    running.manage("apply", str(file))
    browser = Browser(running.url)
    assert browser.sign_in().status == 302
    return Caller(running.url, authorization=as_client("service")), browser, running


def test_r62_lifetimes_and_pkce_follow_the_settings_at_the_next_request(own: Own) -> None:
    machine, browser, running = own
    running.manage("apply", "-", text=json.dumps({"settings": {"authorizationCodeLifetime": 1}}))
    code = browser.code()
    time.sleep(1.2)
    is_refused(redeem(machine, code), 400, "invalid_grant")
    running.manage("apply", "-", text=json.dumps({"settings": {"authorizationCodeLifetime": 60, "requirePkce": False}}))
    without = {"code_challenge": None, "code_challenge_method": None}
    assert redeem(machine, browser.code(**without), code_verifier=None).status == 200
    running.manage("apply", "-", text=json.dumps({"settings": {"refreshTokenLifetime": 1}}))
    tokens = redeem(machine, browser.code()).json
    time.sleep(1.2)
    is_refused(refresh(machine, tokens["refresh_token"]), 400, "invalid_grant")
    assert is_active(machine, tokens["access_token"])


CHANGES = {
    "password": {"users": [{"username": "mara", "password": "another-long-password-of-hers"}]},
    "user off": {"users": [{"username": "mara", "isActive": False}]},
    "client off": {"clients": [{"clientId": "web", "active": False}]},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_happens_to_user_or_client_ends_codes_access_and_refresh(own: Own, change: str) -> None:
    machine, browser, running = own
    tokens, code = redeem(machine, browser.code()).json, browser.code()
    running.manage("apply", "-", text=json.dumps(CHANGES[change]))
    assert not is_active(machine, tokens["access_token"])
    assert redeem(machine, code).error in ("invalid_grant", "invalid_client")
    assert refresh(machine, tokens["refresh_token"]).error in ("invalid_grant", "invalid_client")


def test_a_redirect_that_is_registered_no_more_ends_its_codes(own: Own) -> None:
    machine, browser, running = own
    code = browser.code()
    change = {"clients": [{"clientId": "web", "redirectUris": ["https://elsewhere.example/back"]}]}
    running.manage("apply", "-", text=json.dumps(change))
    is_refused(redeem(machine, code), 400, "invalid_grant")


def test_a_scope_that_is_allowed_no_more_leaves_at_the_next_refresh(own: Own) -> None:
    machine, browser, running = own
    tokens = redeem(machine, browser.code(scope="ping orders.read")).json
    running.manage("apply", "-", text=json.dumps({"clients": [{"clientId": "web", "allowedScope": "ping"}]}))
    newer = refresh(machine, tokens["refresh_token"])
    assert newer.json["scope"] == "ping"
    said = machine.introspect(newer.json["access_token"], authorization=as_client("reader"))
    assert said["aud"] == browser.url
