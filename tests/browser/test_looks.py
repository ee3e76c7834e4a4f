"""Pages of sign-in's other end (consent, devices, signing out) and of what was issued, in every look (R63, R64)."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LookAt
from tests.browser.test_the_thread import FURNITURE, PASSWORD, sign_in
from tests.ground.browsers import NewPage
from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.authorizing import Proof
from tests.protocol.caller import Caller

LONG = "Internal reporting and month-end reconciliation of everything that the regional offices ship and bill"
LEDGERS = [f"ledger.book-{number}.read" for number in range(9)]
CLIENTS = [
    {"clientId": "returns", "name": "Returns portal", "displayName": "Returns portal", "owner": "priya",
     "type": "confidential", "grants": ["authorization_code"], "redirectUris": ["https://returns.example.com/cb"],
     "allowedScope": "openid profile orders.*", "refreshLimit": "unlimited", "namespaces": ["Warehouse"],
     "postLogoutRedirectUris": ["https://returns.example.com/bye"]},
    {"clientId": "scanner", "name": "Warehouse scanner 7", "displayName": "Warehouse scanner", "owner": "tomas",
     "type": "public", "grants": ["urn:ietf:params:oauth:grant-type:device_code"], "refreshLimit": "unlimited",
     "allowedScope": "openid profile orders.*"},
    {"clientId": "wordy", "name": f"{LONG} for people", "displayName": LONG, "owner": "priya", "type": "confidential",
     "grants": ["authorization_code"], "redirectUris": ["https://returns.example.com/wordy"],
     "allowedScope": "openid profile email address phone orders.* ledger.*", "accessTokenLifetime": "never"},
    {"clientId": "long", "name": LONG, "displayName": LONG, "owner": "jun", "type": "confidential",
     "grants": ["client_credentials"], "allowedScope": "orders.*"},
]  # fmt: skip
WORDY = {
    "client_id": "wordy",
    "redirect_uri": "https://returns.example.com/wordy",
    "scope": "openid profile email address phone orders.refund " + " ".join(LEDGERS),
}
DOCUMENT = {
    **FURNITURE,
    "namespaces": [{"name": "Warehouse", "description": "Everything that scans, packs and ships."},
                   {"name": LONG[:100], "description": LONG}, {"name": "Finance"}],
    "scopes": [{"name": "orders.read", "description": "Read orders", "default": True},
               {"name": "orders.refund", "description": "Send refunds to customers", "sensitive": True},
               *({"name": name, "description": f"{name}. {LONG}"} for name in LEDGERS)],
    "clients": [*FURNITURE["clients"], *CLIENTS],  # type: ignore[misc]
}  # fmt: skip
SEED = """
from datetime import timedelta
from django.utils import timezone
import audit
from accounts.models import User
from clients import registration
from clients.models import Client
from tests.console import issued
from tokens.models import SigningKey
from tokens.signing_keys import rotation
now = timezone.now()
rotation.rotate(by=audit.SYSTEM, now=now)
returns, scanner, long = (Client.objects.get(client_id=name) for name in ("returns", "scanner", "long"))
mara, tomas, jun = (User.objects.get(username=name) for name in ("mara", "tomas", "jun"))
whole = issued.refreshed(returns, tomas, times=3)
issued.refreshed(returns, jun, times=0)
issued.refreshed(scanner, mara, times=1)
for hours in (1, 5, 30):
    issued.access(long, created=now - timedelta(hours=hours), expires=now + timedelta(hours=2 - hours))
issued.access(long, expires=None)
print(issued.refresh_tokens_of(whole)[1], whole.pk, returns.pk, SigningKey.objects.filter(state="retired")[0].pk)
"""


@pytest.fixture(scope="module")
def furnished(server: MakeServer) -> Server:
    running = server(on_postgresql=False)
    running.manage("apply", "-", text=json.dumps(DOCUMENT))
    return running


def signed_in(page: Page, server: Server, username: str, path: str) -> Page:
    page.goto(f"{server.url}/sign-in/?next={path}")
    sign_in(page, username)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def authorize(**changes: str) -> str:
    """The address of a sound authorization request, but for `changes`."""
    asked = {"client_id": "returns", "redirect_uri": "https://returns.example.com/cb", "response_type": "code",
             "scope": "openid profile orders.read orders.refund", "state": "s",
             "code_challenge": Proof().challenge, "code_challenge_method": "S256", **changes}  # fmt: skip
    return f"/authorize?{urlencode(asked)}"


def type_code(page: Page, code: str) -> None:
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()


def test_r64_the_pages_of_devices_hold_in_every_look(furnished: Server, browser_page: NewPage, look_at: LookAt) -> None:
    page = signed_in(browser_page(), furnished, "tomas", "/device")
    faults = look_at(page, "device")
    type_code(page, "BBBB-BBBB")
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    faults += look_at(page, "device-error")
    caller = Caller(furnished.url)
    for answer in ("Allow", "Deny"):
        asked = caller.post(
            "/device_authorization", {"client_id": "scanner", "scope": "openid orders.read orders.refund"}
        )
        page.goto(asked.json["verification_uri_complete"])
        page.get_by_role("button", name="Continue").click()
        if answer == "Allow":
            faults += look_at(page, "device-consent")
        page.get_by_role("button", name=answer).click()
        faults += look_at(page, "device-done" if answer == "Allow" else "device-denied")
    assert faults == []


def test_r59_the_audit_trail_is_exported_and_verified_in_every_look(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    furnished.shell("from django.utils.timezone import now; from audit.sealing import seal; seal(now())")
    page = signed_in(browser_page(), furnished, "mara", "/audit/")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV").click()
    assert downloading.value.suggested_filename.endswith(".csv")
    faults = look_at(page, "audit-export")
    page.get_by_role("link", name="Does the chain hold?").click()
    faults += look_at(page, "audit-chain")
    page.get_by_role("link", name="Verify now").click()
    expect(page.get_by_text("It holds")).to_be_visible()
    faults += look_at(page, "audit-chain-holds")
    assert faults == []


def test_where_the_trail_is_delivered_holds_in_every_look(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = signed_in(browser_page(), furnished, "mara", "/audit/")
    page.get_by_role("link", name="Delivery").click()
    faults = look_at(page, "delivery-empty")
    page.get_by_role("link", name="New target").click()
    page.get_by_label("Name").fill("SIEM")
    page.get_by_label("Address").fill("ftp://siem")
    page.get_by_role("button", name="Name target").click()
    faults += look_at(page, "delivery-error")
    page.get_by_label("Address").fill("http://127.0.0.1:9/events")
    page.get_by_role("button", name="Name target").click()
    expect(page.get_by_text("It is shown only now")).to_be_visible()
    faults += look_at(page, "delivery-made")
    furnished.shell(
        "from django.utils.timezone import now; from audit.models import DeadLetter, DeliveryTarget;"
        "DeadLetter.objects.create(target=DeliveryTarget.objects.get(), first=7, last=19,"
        "error='it was answered with 400', at=now())"
    )
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("It was not taken")).to_be_visible()
    faults += look_at(page, "delivery-target")
    page.get_by_role("link", name="Delivery").click()
    faults += look_at(page, "delivery-list")
    page.get_by_role("link", name="SIEM").click()
    page.get_by_role("button", name="Remove…").click()
    faults += look_at(page, "delivery-remove")
    page.get_by_role("button", name="Remove SIEM").click()
    expect(page.get_by_text("SIEM is removed")).to_be_visible()
    assert faults == []


def test_what_lets_applications_register_themselves_holds_in_every_look(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = signed_in(browser_page(), furnished, "mara", "/clients/")
    page.get_by_role("link", name="Self-registered").click()
    faults = look_at(page, "registration-empty")
    page.get_by_role("link", name="New token").click()
    faults += look_at(page, "registration-new")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_role("alert")).to_be_visible()
    faults += look_at(page, "registration-error")
    page.get_by_label("Name").fill("Photos, the team of the north")
    page.get_by_label("Allowed scope").fill("openid profile email orders.*")
    page.get_by_label("Redirect hosts").fill("app.example.com")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_role("heading", name="The token is made")).to_be_visible()
    faults += look_at(page, "registration-made")
    page.goto(f"{furnished.url}/clients/registration/")
    faults += look_at(page, "registration-list")
    page.get_by_role("link", name="Revoke Photos").click()
    faults += look_at(page, "registration-revoke")
    assert faults == []


def test_the_reference_of_the_api_is_drawn_by_what_this_server_brings(furnished: Server, browser_page: NewPage) -> None:
    page = signed_in(browser_page(), furnished, "mara", "/settings/")
    page.get_by_role("link", name="API reference").click()
    expect(page.get_by_text("/api/v1/clients/{number}/secrets", exact=True).first).to_be_visible()
    expect(page.get_by_text("Register a client; its secret stands in this answer alone.")).to_be_visible()


def test_r62_whoever_makes_an_account_on_the_way_goes_on_to_the_application(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    furnished.manage("apply", "-", text=json.dumps({"settings": {"selfRegistration": True}}))
    page = browser_page()
    page.goto(furnished.url + authorize(state="new"))
    page.get_by_role("link", name="Create an account").click()
    expect(page.get_by_text("and go on to")).to_be_visible()
    faults = look_at(page, "sign-up")
    page.get_by_label("Username").fill("tomas")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create account").click()
    faults += look_at(page, "sign-up-error")
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    faults += look_at(page, "sign-up-done")
    sign_in(page, "newcomer")
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
    assert faults == []
    furnished.manage("apply", "-", text=json.dumps({"settings": {"selfRegistration": False}}))


def test_r64_the_pages_of_signing_in_and_out_for_an_application_hold_in_every_look(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = signed_in(browser_page(), furnished, "tomas", "/account/")
    page.goto(furnished.url + authorize())
    faults = look_at(page, "consent")
    page.goto(furnished.url + authorize(**WORDY))
    faults += look_at(page, "consent-long")
    page.goto(furnished.url + authorize(redirect_uri="https://evil.example/cb"))
    faults += look_at(page, "authorize-error")
    out = {"client_id": "returns", "post_logout_redirect_uri": "https://returns.example.com/bye"}
    page.goto(f"{furnished.url}/end_session?{urlencode(out)}")
    faults += look_at(page, "sign-out-asked")
    page.get_by_role("button", name="Stay signed in").click()
    faults += look_at(page, "sign-out-stayed")
    page.goto(f"{furnished.url}/end_session?{urlencode({**out, 'post_logout_redirect_uri': 'https://evil.example/'})}")
    faults += look_at(page, "sign-out-error")
    page.goto(f"{furnished.url}/end_session")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    assert faults + look_at(page, "signed-out") == []


def test_oauth_form_post_the_page_that_sends_an_answer_holds_in_every_look_and_without_its_script(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = signed_in(browser_page(), furnished, "jun", "/account/")
    page.route(re.compile("form-post"), lambda route: route.abort())
    page.goto(furnished.url + authorize(response_mode="form_post"))
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Back to Returns portal")
    faults = look_at(page, "form-post")
    with page.expect_request("https://returns.example.com/cb") as sent:
        page.get_by_role("button", name="Continue").click()
    assert sent.value.method == "POST"
    assert {"code", "state", "iss"} <= set(parse_qs(sent.value.post_data or ""))
    assert faults == []


def test_r63_the_pages_of_what_was_issued_of_keys_and_namespaces_hold_in_every_look(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = signed_in(browser_page(), furnished, "mara", "/namespaces/")
    refresh, family, returns, retired = furnished.shell(SEED).splitlines()[-1].split()
    warehouse = page.get_by_role("link", name="Edit Warehouse").get_attribute("href")
    pages = {
        "tokens": "/tokens/",
        "tokens-none-match": "/tokens/?state=revoked&kind=device",
        "token": f"/tokens/rt_{refresh}/",
        "token-family": f"/tokens/fam_{family}/",
        "token-revoke": f"/tokens/fam_{family}/revoke/",
        "client-tokens": f"/clients/{returns}/tokens/",
        "keys": "/settings/keys/",
        "keys-rotate": "/settings/keys/rotate/",
        "keys-withdraw": f"/settings/keys/{retired}/withdraw/",
        "namespaces": "/namespaces/",
        "namespace-new": "/namespaces/new/",
        "namespace-edit": f"{warehouse}",
        "namespace-delete": f"{warehouse}delete/",
    }
    faults = []
    for name, path in pages.items():
        answer = page.goto(furnished.url + path)
        assert answer is not None
        assert answer.status == 200, path
        faults += look_at(page, name)
    assert faults == []


def test_r52_a_person_makes_a_token_sees_it_once_and_revokes_it(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    """The page of one client is opened at once where it is the only one; the flow needs no script."""
    allows = {"clientId": "cli", "name": "Orders CLI", "displayName": "Orders CLI", "owner": "mara", "type": "public",
              "grants": ["personal_access_token"], "allowedScope": "openid profile orders.*",
              "description": "What the warehouse's scripts use."}  # fmt: skip
    furnished.manage("apply", "-", text=json.dumps({"clients": [allows]}))
    page = signed_in(browser_page(), furnished, "tomas", "/account/")
    page.get_by_role("link", name="New token").click()
    faults = look_at(page, "personal-token-new")
    page.get_by_role("button", name="Make token").click()
    faults += look_at(page, "personal-token-error")
    page.get_by_role("textbox", name="Name").fill("Backup script on nas-2")
    page.get_by_role("checkbox", name="orders.read").check()
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_text("It is shown only now")).to_be_visible()
    faults += look_at(page, "personal-token-once")
    page.reload()
    expect(page.get_by_role("heading", name="The token was shown already")).to_be_visible()
    page.get_by_role("link", name="My account").last.click()
    faults += look_at(page, "personal-tokens")
    page.get_by_role("link", name="Revoke Backup script on nas-2").click()
    faults += look_at(page, "personal-token-revoke")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()
    assert faults == []
