"""The pages of one client in a real browser, with scripts and without: presets, two edits at once, revert, fix."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LookAt
from tests.browser.screenshots import keep
from tests.browser.test_presets import choose_preset
from tests.browser.test_the_thread import FURNITURE, sign_in
from tests.ground.browsers import NewPage
from tests.ground.running import MakeServer
from tests.ground.server import Server

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
REDIRECT = "https://shop.example.com/cb"
PRESETS = {
    "web": ("confidential", ["authorization_code"]),
    "spa": ("public", ["authorization_code"]),
    "native": ("public", ["authorization_code"]),
    "service": ("confidential", ["client_credentials"]),
    "device": ("public", ["urn:ietf:params:oauth:grant-type:device_code"]),
    "legacy": ("confidential", ["password"]),
}


@pytest.fixture(scope="module")
def furnished(server: MakeServer) -> Server:
    """A server with people and clients, on which legacy grants work."""
    running = server(on_postgresql=False)
    running.manage("apply", "-", text=json.dumps({**FURNITURE, "settings": {"legacyGrants": True}}))
    return running


def at(page: Page, server: Server, path: str) -> Page:
    page.goto(f"{server.url}/sign-in/?next={path}")
    sign_in(page)
    return page


def register(page: Page, server: Server, name: str, preset: str, *, scripts: bool) -> str:
    """Through the form, from the preset to the credentials; the client's own address."""
    at(page, server, "/clients/new/")
    return register_signed_in(page, server, name, preset, scripts=scripts)


def register_signed_in(page: Page, server: Server, name: str, preset: str, *, scripts: bool) -> str:
    choose_preset(page, preset, scripts=scripts)
    kind, grants = PRESETS[preset]
    expect(page.locator(f"[name=type][value={kind}]")).to_be_checked()
    for grant in grants:
        expect(page.locator(f'[name=grants][value="{grant}"]')).to_be_checked()
    page.locator("[name=name]").fill(name)
    if preset in ("web", "spa"):
        page.locator("[name=redirect_uris]").fill(REDIRECT)
    page.get_by_role("button", name="Register client").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("is registered")
    return page.url.removesuffix("credentials/").removeprefix(server.url)


def test_each_preset_leads_from_the_form_to_its_credentials_without_scripts(
    furnished: Server, browser_page: NewPage
) -> None:
    """With scripts, and on to a token: `test_presets`."""
    page = at(browser_page(java_script_enabled=False), furnished, "/clients/new/")
    for preset, (kind, _) in PRESETS.items():
        page.goto(f"{furnished.url}/clients/new/")
        register_signed_in(page, furnished, f"Preset {preset}", preset, scripts=False)
        secrets = re.findall(r"asc_[0-9A-Za-z_]{40,}", page.content())
        assert bool(secrets) == (kind == "confidential"), preset


@SCRIPTS
def test_r43_a_protected_client_refuses_an_edit_with_its_notice_until_protection_is_lifted(
    scripts: bool, furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = browser_page(java_script_enabled=scripts)
    address = register(page, furnished, f"Settlement {scripts}", "service", scripts=scripts)
    late = page.context.new_page()  # where the form was opened before anybody protected the client
    late.goto(f"{furnished.url}{address}edit/")
    page.goto(f"{furnished.url}{address}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Protect…").click()
    page.locator("[name=reason]:visible").fill("Daily settlement. Ask Treasury first.")
    page.get_by_role("button", name="Protect client").click()
    expect(page.locator("#protected")).to_contain_text("Ask Treasury first.")
    expect(page.get_by_role("button", name="Edit")).to_have_attribute("aria-disabled", "true")
    late.locator("[name=description]").fill("Moved to the new hall")
    late.get_by_role("button", name="Save changes").last.click()
    expect(late.get_by_role("heading", level=1)).to_contain_text("cannot be changed")
    expect(late.locator("#protected")).to_contain_text("Ask Treasury first.")
    faults = look_at(late, "client-unchangeable") + look_at(page, "client-protected") if scripts else []
    page.get_by_role("link", name="Lift protection…").first.click()
    page.locator("[name=reason]:visible").fill("Treasury agreed")
    page.get_by_role("button", name="Lift protection").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator("[name=description]").fill("Moved to the new hall")
    page.get_by_role("button", name="Save changes").last.click()
    expect(page.get_by_text("is changed.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Moved to the new hall")
    assert faults == []


@SCRIPTS
def test_two_edits_at_once_are_both_kept(
    scripts: bool, furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = browser_page(java_script_enabled=scripts)
    address = register(page, furnished, f"Shared {scripts}", "web", scripts=scripts)
    page.goto(f"{furnished.url}{address}edit/")
    other = page.context.new_page()
    other.goto(f"{furnished.url}{address}edit/")
    other.locator("[name=description]").fill("theirs")
    other.locator("[name=version]").fill("2")
    other.get_by_role("button", name="Save changes").last.click()
    expect(other.get_by_text("is changed.")).to_be_visible()
    page.locator("[name=description]").fill("mine")
    page.get_by_role("button", name="Save changes").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("was changed while you edited it")
    expect(page.locator("[name=keep-version][value=theirs]")).to_be_checked()
    page.locator("[name=keep-description][value=yours]").check()
    faults = look_at(page, "client-conflict") if scripts else []
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.get_by_text("is changed.")).to_be_visible()
    expect(page.locator("dl.facts").last).to_contain_text("mine")
    assert faults == []


@SCRIPTS
def test_a_finding_is_fixed_by_press_and_the_fix_reverted(
    scripts: bool, furnished: Server, browser_page: NewPage, accessibility_faults: Callable[[Page], list[str]]
) -> None:
    page = browser_page(java_script_enabled=scripts)
    address = register(page, furnished, f"Lasting {scripts}", "service", scripts=scripts)
    page.goto(f"{furnished.url}{address}edit/")
    page.locator("[name=access_token_lifetime][value=never]").check(force=True)
    page.get_by_role("button", name="Save changes").last.click()
    page.get_by_role("link", name="Use the global setting").click()
    found = accessibility_faults(page) if scripts else []
    page.get_by_role("button", name="Use the global setting").click()
    expect(page.get_by_text("Its access tokens never expire")).to_have_count(0)
    page.get_by_role("navigation", name="Client").get_by_role("link", name="Activity").click()
    expect(page.locator("li[id^=event-]").first).to_contain_text("never-expiring-tokens")
    found += accessibility_faults(page) if scripts else []
    if scripts:
        keep(page, "client-activity-light-1440")
    page.get_by_role("link", name="Revert this change").first.click()
    found += accessibility_faults(page) if scripts else []
    page.get_by_role("button", name="Revert").click()
    expect(page.locator("li[id^=event-]").first).to_contain_text("Takes back")
    assert found == []


@pytest.mark.parametrize("look", ["phone", "dark"])
def test_the_pages_hold_in_every_look(
    look: str, furnished: Server, browser_page: NewPage, accessibility_faults: Callable[[Page], list[str]]
) -> None:
    page = browser_page(look)
    at(page, furnished, "/clients/new/")
    found = accessibility_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    service = furnished.shell(
        "from clients.models import Client; print(Client.objects.get(client_id='billing-sync').pk)"
    ).splitlines()[-1]
    page.goto(f"{furnished.url}/clients/{service}/activity/")
    found += accessibility_faults(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert found == []
