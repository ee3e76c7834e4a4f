"""What settings change on pages for everybody, in every look: the brand, and sign-in by another provider (R62, R64)."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.browser.conftest import LookAt
from tests.browser.test_looks import signed_in
from tests.browser.test_the_thread import FURNITURE, PASSWORD, sign_in
from tests.ground.browsers import NewPage
from tests.ground.running import MakeServer

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 28"><g fill="#c2410c"><circle cx="14" cy="14" r="13"/>'
    '<path d="M36 6h6v7h12V6h6v16h-6v-5H42v5h-6zM68 22 78 6l10 16h-6l-4-7-4 7z"/></g></svg>'
)


def test_r64_a_brand_holds_in_every_look(server: MakeServer, browser_page: NewPage, look_at: LookAt) -> None:
    """On a server of its own: a brand stands on every page of the others."""
    running = server(on_postgresql=False)
    running.manage("apply", "-", text=json.dumps(FURNITURE))
    page = signed_in(browser_page(), running, "mara", "/settings/branding/")
    faults = look_at(page, "branding-empty")
    page.get_by_label("Colour").fill("orange")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_label("Colour")).to_have_attribute("aria-invalid", "true")
    faults += look_at(page, "branding-error")
    page.get_by_label("Name").fill("Harbour Logistics")
    page.get_by_label("Colour").fill("#c2410c")
    page.get_by_label("Logo").set_input_files({"name": "ha.svg", "mimeType": "image/svg+xml", "buffer": LOGO.encode()})
    page.get_by_label("Privacy").fill("https://harbour.example/privacy")
    page.get_by_label("Support").fill("https://harbour.example/help")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("link", name="Harbour Logistics")).to_be_visible()
    assert page.evaluate("document.querySelector('.side .logo').naturalWidth") > 0
    faults += look_at(page, "branding")
    page = browser_page()
    page.goto(f"{running.url}/sign-in/")
    expect(page.get_by_role("link", name="Support")).to_be_visible()
    faults += look_at(page, "sign-in-branded")
    assert faults == []


def test_another_provider_s_pages_hold_in_every_look(
    server: MakeServer, browser_page: NewPage, look_at: LookAt
) -> None:
    """The provider is a second server of ours; it goes by another name, since cookies do not tell ports apart."""
    there = server(on_postgresql=False, started=False)
    there.variables["AUTHSERVER_ISSUER"] = f"http://localhost:{there.port}"
    there.start()
    here = server(on_postgresql=False)
    here.manage("apply", "-", text=json.dumps(FURNITURE))
    branch = {"clientId": "branch", "name": "The branch", "owner": "mara", "type": "confidential",
              "grants": ["authorization_code"], "clientSecret": "a-secret-of-the-branch-at-hq-1",
              "redirectUris": [f"{here.url}/sign-in/upstream/callback/"], "allowedScope": "openid profile email",
              "refreshLimit": "unlimited"}  # fmt: skip
    nora = {"username": "nora", "password": PASSWORD, "email": "nora@hq.example"}
    document = {"users": [*FURNITURE["users"], nora], "clients": [branch]}  # type: ignore[misc]
    there.manage("apply", "-", text=json.dumps(document))
    page = signed_in(browser_page(), here, "mara", "/settings/sign-in-provider/")
    faults = look_at(page, "upstream-empty")
    page.get_by_label("Name").fill("Headquarters")
    page.get_by_label("Issuer").fill(f"http://localhost:{there.port}/")
    page.get_by_label("Client id").fill("branch")
    page.get_by_label("Client secret").fill("a-secret-of-the-branch-at-hq-1")
    page.get_by_label("Groups").fill("staff = Auditor")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_label("Issuer")).to_have_attribute("aria-invalid", "true")
    faults += look_at(page, "upstream-error")
    page.get_by_label("Issuer").fill(f"http://localhost:{there.port}")
    page.get_by_label("Client secret").fill("a-secret-of-the-branch-at-hq-1")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("button", name="Remove…")).to_be_visible()
    faults += look_at(page, "upstream")
    page.goto(f"{here.url}/account/")
    page.get_by_role("link", name="Connect…").click()
    faults += look_at(page, "upstream-own")
    page = browser_page()
    page.goto(f"{here.url}/sign-in/")
    faults += look_at(page, "sign-in-upstream")
    page.get_by_role("button", name="Sign in with Headquarters").click()
    page.wait_for_url(f"http://localhost:{there.port}/sign-in/**")
    sign_in(page, "nora")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.startswith(here.url)
    page.goto(f"{here.url}/account/")
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    page.goto(f"{here.url}/sign-in/upstream/callback/?code=a&state=b")
    expect(page.get_by_role("heading", name="Not signed in")).to_be_visible()
    faults += look_at(page, "upstream-refused")
    assert faults == []


def test_the_whole_configuration_holds_in_every_look(
    server: MakeServer, browser_page: NewPage, look_at: LookAt
) -> None:
    running = server(on_postgresql=False)
    users = [{**FURNITURE["users"][0], "isSuperuser": True}]  # type: ignore[index]
    running.manage("apply", "-", text=json.dumps({**FURNITURE, "users": [*users, *FURNITURE["users"][1:]]}))  # type: ignore[index]
    page = signed_in(browser_page(), running, users[0]["username"], "/settings/configuration/")
    faults = look_at(page, "configuration")
    page.get_by_label("Or paste it").fill('{"settings": {"retention": "long"}, "namespace": []}')
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("alert")).to_be_visible()
    faults += look_at(page, "configuration-error")
    document = {"settings": {"retention": 7}, "groups": [{"name": "Night shift", "permissions": ["audit.view"]}]}
    page.get_by_label("Or paste it").fill(json.dumps(document))
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("heading", name="Apply this plan?")).to_be_visible()
    faults += look_at(page, "configuration-plan")
    page.get_by_role("button", name="Apply the plan").click()
    expect(page.get_by_text("Applied: 1 added, 1 changed.")).to_be_visible()
    assert faults == []
