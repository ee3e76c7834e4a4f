"""Settings, users and clients that change over HTTP: what becomes of codes, access and refresh tokens (R62).

Every change comes by the same two documents, each on a user or a client of its own, at the server that all protocol
tests of a worker share.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.ground.server import Server
from tests.protocol import test_device_grant as device
from tests.protocol.authorizing import BACK, Browser, is_active, redeem, refresh
from tests.protocol.caller import Caller, Response, basic
from tests.protocol.conftest import as_client
from tests.protocol.test_token_endpoint import is_refused

SECRET = "a-secret-of-clients-that-change-0123"
CLIENT: dict[str, Any] = {
    "owner": "owner", "type": "confidential", "grants": ["authorization_code", device.GRANT], "redirectUris": [BACK],
    "allowedScope": "ping orders.*", "refreshLimit": "unlimited", "clientSecret": SECRET,
}  # fmt: skip
PASSWORD = "a-long-password-that-will-change"
# What happens, by the client that it happens to; a user of its own is signed in there.
CHANGES: dict[str, dict[str, Any]] = {
    "password": {"users": [{"username": "user-of-password", "password": "another-long-password-of-theirs"}]},
    "user-off": {"users": [{"username": "user-of-user-off", "isActive": False}]},
    "client-off": {"clients": [{"clientId": "client-off", "active": False}]},
    "redirect-gone": {"clients": [{"clientId": "redirect-gone", "redirectUris": ["https://elsewhere.example/back"]}]},
    "scope-gone": {"clients": [{"clientId": "scope-gone", "allowedScope": "ping"}]},
    "grants-gone": {"clients": [{"clientId": "grants-gone", "grants": ["client_credentials"]}]},
    "owner-gone": {"clients": [{"clientId": "owner-gone", "owner": "owner"}],
                   "users": [{"username": "owner-who-goes", "isActive": False}]},
    "user-deleted": {},  # by the command
}  # fmt: skip
OWNERS = {"owner-gone": "owner-who-goes"}


@dataclass(frozen=True, kw_only=True)
class Authorized:
    """What a client was given before the change: tokens, and a code and a device code that it had not redeemed yet."""

    machine: Caller
    client_id: str
    tokens: dict[str, Any]
    code: str
    device_code: str

    @property
    def authorization(self) -> str:
        return basic(self.client_id, SECRET)

    def redeem(self) -> Response:
        return redeem(self.machine, self.code, authorization=self.authorization)

    def poll(self) -> Response:
        form = {"grant_type": device.GRANT, "device_code": self.device_code}
        return self.machine.post("/token", form, authorization=self.authorization)

    def refresh(self) -> Response:
        return refresh(self.machine, self.tokens["refresh_token"], authorization=self.authorization)


@pytest.fixture(scope="module")
def changed(furnished: Server, machine: Caller) -> dict[str, Authorized]:
    """What each client held, all of whose changes have then come at once."""
    furnished.manage("apply", "-", text=json.dumps({
        "users": [
            *({"username": f"user-of-{name}", "password": PASSWORD} for name in CHANGES),
            {"username": "owner-who-goes", "isSuperuser": True},
        ],
        "clients": [
            {**CLIENT, "clientId": name, "name": name, "owner": OWNERS.get(name, "owner")} for name in CHANGES
        ],
    }))  # fmt: skip
    held = {name: authorized(furnished, machine, name) for name in CHANGES}
    assert all(is_active(machine, each.tokens["access_token"]) for each in held.values())
    merged = {
        kind: [one for change in CHANGES.values() for one in change.get(kind, [])] for kind in ("users", "clients")
    }
    furnished.manage("apply", "-", text=json.dumps(merged))
    furnished.manage("delete_user", "user-of-user-deleted")
    return held


def authorized(server: Server, machine: Caller, name: str) -> Authorized:
    browser = Browser(server.url)
    assert browser.sign_in(f"user-of-{name}", password=PASSWORD).status == 302
    asked = {"client_id": name, "scope": "ping orders.read"}
    tokens = redeem(machine, browser.code(**asked), authorization=basic(name, SECRET)).json
    form = {"scope": asked["scope"]}
    waiting = machine.post("/device_authorization", form, authorization=basic(name, SECRET)).json
    assert "is connected" in device.allow(browser, waiting["user_code"]).text
    return Authorized(
        machine=machine,
        client_id=name,
        tokens=tokens,
        code=browser.code(**asked),
        device_code=waiting["device_code"],
    )


@pytest.mark.parametrize("name", ["password", "user-off", "user-deleted", "client-off"])
def test_what_happens_to_user_or_client_ends_codes_access_refresh_and_device_codes(
    changed: dict[str, Authorized], machine: Caller, name: str
) -> None:
    held = changed[name]
    assert not is_active(machine, held.tokens["access_token"])
    assert held.redeem().error in ("invalid_grant", "invalid_client")
    assert held.refresh().error in ("invalid_grant", "invalid_client")
    assert held.poll().error in ("invalid_grant", "invalid_client")


def test_r21_grants_that_are_taken_away_give_no_more_tokens_and_leave_those_that_are_out(
    changed: dict[str, Authorized], machine: Caller
) -> None:
    held = changed["grants-gone"]
    assert {answer.error for answer in (held.redeem(), held.refresh(), held.poll())} == {"unauthorized_client"}
    assert is_active(machine, held.tokens["access_token"])


def test_r7_an_owner_who_goes_leaves_the_clients_authorizations_as_they_are(
    changed: dict[str, Authorized], machine: Caller
) -> None:
    held = changed["owner-gone"]
    assert is_active(machine, held.tokens["access_token"])
    assert [answer.status for answer in (held.redeem(), held.refresh(), held.poll())] == [200, 200, 200]


def test_a_redirect_that_is_registered_no_more_ends_its_codes(changed: dict[str, Authorized]) -> None:
    is_refused(changed["redirect-gone"].redeem(), 400, "invalid_grant")
    assert changed["redirect-gone"].refresh().status == 200


def test_a_scope_that_is_allowed_no_more_leaves_at_the_next_refresh(
    changed: dict[str, Authorized], machine: Caller
) -> None:
    newer = changed["scope-gone"].refresh()
    assert newer.json["scope"] == "ping"
    assert changed["scope-gone"].redeem().json["scope"] == "ping"
    assert changed["scope-gone"].poll().json["scope"] == "ping"
    said = machine.introspect(newer.json["access_token"], authorization=as_client("reader"))
    assert said["aud"] == f"http://{machine.host}:{machine.port}"


@pytest.fixture
def settings(furnished: Server) -> Iterator[Server]:
    """The server, for a test that changes its settings: others get back what they expect."""
    yield furnished
    usual = {"authorizationCodeLifetime": 60, "refreshTokenLifetime": 2_592_000, "requirePkce": True}
    furnished.manage("apply", "-", text=json.dumps({"settings": usual}))


def test_r62_r29_lifetimes_and_pkce_follow_the_settings_at_the_next_request_and_no_refresh_moves_the_end(
    settings: Server, machine: Caller, own_browser: Browser
) -> None:
    settings.manage("apply", "-", text=json.dumps({"settings": {"authorizationCodeLifetime": 1}}))
    code = own_browser.code()
    time.sleep(1.2)
    is_refused(redeem(machine, code), 400, "invalid_grant")
    changed = {"authorizationCodeLifetime": 60, "requirePkce": False, "refreshTokenLifetime": 2}
    settings.manage("apply", "-", text=json.dumps({"settings": changed}))
    without = {"code_challenge": None, "code_challenge_method": None}
    answer = redeem(machine, own_browser.code(**without), code_verifier=None)
    assert answer.status == 200
    token, ends = answer.json["refresh_token"], time.monotonic() + 2
    while (said := refresh(machine, token)).status == 200:  # each refresh gives a token, and none a later end
        token, active = said.json["refresh_token"], said.json["access_token"]
        assert time.monotonic() < ends + 1
        time.sleep(0.4)
    is_refused(said, 400, "invalid_grant")
    assert time.monotonic() > ends - 1
    assert is_active(machine, active)
