"""Second factors in real Chromium: an app and a passkey are set up, sign in, and are recovered from; in every look.

The passkey is the browser's own virtual authenticator (WebDriver, Web Authentication §11).
"""

from __future__ import annotations

import json
import re

import pytest
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect

from tests.browser.conftest import LookAt
from tests.browser.test_the_thread import PASSWORD, sign_in
from tests.ground.browsers import NewPage
from tests.ground.running import MakeServer
from tests.ground.server import Server

DOCUMENT = {
    "users": [{"username": name, "password": PASSWORD, "isSuperuser": name == "mara"} for name in ("mara", "tomas")],
}


@pytest.fixture(scope="module")
def furnished(server: MakeServer) -> Server:
    one = server(on_postgresql=False)
    one.manage("apply", "-", text=json.dumps(DOCUMENT))
    return one


@pytest.fixture
def at(furnished: Server) -> str:
    """By a name: a passkey is of a domain, and an address has none."""
    return f"http://localhost:{furnished.port}"


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return f"{hotp_value(secret, counter):06}"


def account(page: Page, at: str, username: str) -> None:
    page.goto(f"{at}/sign-in/?next=/account/")
    sign_in(page, username)
    expect(page.get_by_role("heading", name="Second factors")).to_be_visible()


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def test_an_app_is_set_up_signs_in_and_a_recovery_code_stands_in_for_it(
    at: str, browser_page: NewPage, look_at: LookAt
) -> None:
    page = browser_page()
    account(page, at, "tomas")
    faults = look_at(page, "account-factors")
    page.get_by_role("link", name="Set up an app").click()
    faults += look_at(page, "factor-app")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("That code is not right").first).to_be_visible()
    faults += look_at(page, "factor-app-error")
    secret = page.locator(".copyable code, code").first.inner_text()
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    faults += look_at(page, "factor-codes")
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 left")).to_be_visible()

    sign_out(page)
    page.goto(f"{at}/sign-in/?next=/account/")
    sign_in(page, "tomas")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    faults += look_at(page, "factor-asked")
    page.get_by_label("Code").fill("123456")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("That code is not right").first).to_be_visible()
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("9 left")).to_be_visible()
    faults += look_at(page, "account-factors-on")

    page.get_by_role("link", name="Remove the authenticator app").click()
    faults += look_at(page, "factor-remove")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name="Set up an app")).to_be_visible()
    assert faults == []


def test_a_passkey_is_added_signs_in_alone_and_behind_the_password(
    at: str, browser_page: NewPage, look_at: LookAt
) -> None:
    page = browser_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    account(page, at, "mara")
    page.get_by_role("link", name="Add a passkey").click()
    faults = look_at(page, "passkey-add")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Laptop", exact=True)).to_be_visible()

    sign_out(page)
    page.goto(f"{at}/sign-in/?next=/account/")
    faults += look_at(page, "sign-in-passkey")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile(r"/account/$"))
    expect(page.get_by_text("Laptop", exact=True)).to_be_visible()

    sign_out(page)
    page.goto(f"{at}/sign-in/?next=/account/")
    sign_in(page, "mara")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("Laptop", exact=True)).to_be_visible()
    page.get_by_role("link", name="Remove Laptop").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name="Set up an app")).to_be_visible()
    assert faults == []
