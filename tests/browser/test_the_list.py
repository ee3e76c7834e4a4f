"""The list of clients in a real browser (R50, R51): facets, kept views, 500 clients at once, scripts on and off."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LookAt
from tests.browser.screenshots import keep
from tests.browser.test_the_thread import PASSWORD, sign_in
from tests.ground.browsers import NewPage
from tests.ground.running import MakeServer
from tests.ground.server import Server

MOST_TRANSFERRED = 150_000  # bytes
ODD = ["Internal reporting and month-end reconciliation of everything that the regional offices ship and bill",
       "تقارير المبيعات اليومية", "Kiosk 🚲 display", "Zero​width​name", "発注システム", "M" * 120]  # fmt: skip
PEOPLE: dict[str, object] = {
    "users": [
        {"username": "mara", "password": PASSWORD, "givenName": "Mara", "familyName": "Lindqvist", "isSuperuser": True},
        {"username": "dev", "password": PASSWORD, "groups": ["Developer"]},
        {"username": "solo", "password": PASSWORD, "groups": ["Developer"]},
    ],
    "clients": [
        {"clientId": "the-only-one", "name": "The only one", "type": "public", "grants": ["authorization_code"],
         "redirectUris": ["https://one.example.com/cb", "https://two.example.com/cb"], "owner": "solo"},
        *({"clientId": f"odd-{number}", "name": name, "type": "confidential", "grants": ["client_credentials"],
           "owner": "mara"} for number, name in enumerate(ODD)),
    ],
}  # fmt: skip
CHANGE_ONE = """
import audit
from django.utils import timezone
from clients import registration
from clients.models import Client
by = audit.Actor(name="somebody else", id=None, address="", request_id="")
for client in Client.objects.filter(search_text__contains="batch", deleted_at=None, is_protected=False)[:2]:
    registration.revoke_tokens(client=client, by=by, now=timezone.now())
"""


@pytest.fixture(scope="module")
def stocked(server: MakeServer) -> Server:
    """A server with five hundred clients and a few odd ones."""
    running = server(on_postgresql=False)
    running.shell("from django.utils import timezone; from tests.bench import many_clients; "
                  "many_clients.make(520, now=timezone.now())")  # fmt: skip
    running.manage("apply", "-", text=json.dumps(PEOPLE))
    return running


def opened(
    browser_page: NewPage, server: Server, *, username: str = "mara", look: str = "light", **options: object
) -> Page:
    page = browser_page(look, **options)
    page.goto(f"{server.url}/sign-in/?next=/clients/")
    sign_in(page, username)
    expect(page.get_by_role("heading", level=1, name="Clients")).to_be_visible()
    return page


def test_r51_five_hundred_clients_are_deactivated_while_two_of_them_change(
    stocked: Server, browser_page: NewPage
) -> None:
    page = opened(browser_page, stocked)
    page.goto(f"{stocked.url}/clients/?status=active")
    page.get_by_label("Select all on this page").check()
    expect(page.get_by_text("50 selected on this page")).to_be_visible()
    page.locator("input[name=pk]").first.uncheck()
    expect(page.get_by_text("49 selected on this page")).to_be_visible()
    keep(page, "clients-selected-light-1440")
    page.get_by_label("that match").check()
    page.get_by_role("button", name="Deactivate…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Deactivate 4")
    keep(page, "clients-bulk-preview-light-1440")
    stocked.shell(CHANGE_ONE)
    page.locator("main .confirm").get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("This result is kept")).to_be_visible(timeout=120_000)
    keep(page, "clients-bulk-result-light-1440")
    page.get_by_role("link", name="Left alone").click()
    expect(page.get_by_text("Changed meanwhile").first).to_be_visible()
    assert page.get_by_text("after the preview, so it was left alone").count() == 2
    page.goto(f"{stocked.url}/clients/?status=active&per=200")
    expect(page.locator("main footer")).to_contain_text("without filters")
    assert page.locator("tbody tr").count() < 30  # the server's own, the protected, and the two that changed


def test_r51_the_same_without_scripts_by_pressing_continue(stocked: Server, browser_page: NewPage) -> None:
    page = opened(browser_page, stocked, java_script_enabled=False)
    page.goto(f"{stocked.url}/clients/?status=inactive")
    page.get_by_label("Select all on this page").check()
    page.get_by_label("that match").check()
    page.get_by_role("button", name="Activate…", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Activate")
    page.locator("main .confirm").get_by_role("button", name="Activate").click()
    keep(page, "clients-bulk-progress-light-1440")
    for _ in range(100):
        if not page.get_by_role("button", name="Continue").count():
            break
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This result is kept")).to_be_visible()
    page.goto(f"{stocked.url}/clients/?status=active&per=200&page=3")
    assert page.locator("tbody tr").count() > 50


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_r51_facets_chips_and_kept_views(scripts: bool, stocked: Server, browser_page: NewPage) -> None:
    kept, renamed = ("Our apps", "Apps of ours") if scripts else ("Plain apps", "Public apps")
    page = opened(browser_page, stocked, java_script_enabled=scripts)
    page.get_by_role("button", name="Type", exact=True).press("Enter")
    page.get_by_label("Public").check()
    keep(page, "clients-facet-light-1440")
    page.locator("#facet-type").get_by_role("button", name="Apply").click()
    assert "type=public" in page.url
    chip = page.get_by_role("link", name="Remove the filter Type Public")
    expect(chip).to_be_visible()
    page.get_by_role("button", name="Save this view").click()
    page.get_by_label("Name of the view").fill(kept)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name=kept)).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Remove the filter Type Public").click()
    assert "type=public" not in page.url
    page.get_by_role("link", name="Manage views").click()
    page.get_by_label(f"New name of {kept}").fill(renamed)
    page.get_by_role("button", name=f"Rename {kept}").click()
    expect(page.get_by_role("link", name=renamed)).to_be_visible()
    keep(page, "client-views-light-1440")
    page.get_by_role("button", name=f"Delete the view {renamed}").click()
    expect(page.get_by_text("The clients in it are untouched")).to_be_visible()


def test_r51_a_rows_menu_works_by_keyboard(stocked: Server, browser_page: NewPage) -> None:
    page = opened(browser_page, stocked)
    button = page.get_by_role("button", name="Actions for The only one")
    button.focus()
    button.press("Enter")
    menu = page.locator("[popover]:popover-open")
    expect(menu.get_by_role("link", name="Reset secret…")).to_have_count(0)  # public
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="The only one")).to_be_visible()


def test_r51_two_hundred_rows_transfer_less_than_150_kb(stocked: Server, browser_page: NewPage) -> None:
    page = opened(browser_page, stocked)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{stocked.url}/clients/?per=200", wait_until="networkidle")
    assert page.locator("tbody tr").count() == 200
    assert sum(sizes) < MOST_TRANSFERRED


PICTURES = ("light", "dark", "phone")
VIEWS = {
    "clients-filtered": ("mara", "/clients/?type=confidential&risk=warn&q=billing"),
    "clients-none-match": ("mara", "/clients/?q=no-such-client&type=public"),
    "clients-empty": ("dev", "/clients/"),
    "clients-one": ("solo", "/clients/"),
    "clients-odd-names": ("mara", "/clients/?owner=mara"),
    "client-views-empty": ("dev", "/clients/views/"),
}


def test_axe_finds_nothing_serious_on_the_list_in_any_state_and_look(
    stocked: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    found: list[str] = []
    pages: dict[str, Page] = {}
    for name, (username, path) in VIEWS.items():
        page = pages.get(username) or opened(browser_page, stocked, username=username)
        pages[username] = page
        page.goto(stocked.url + path)
        found += look_at(page, name)
    page = pages["mara"]
    page.goto(f"{stocked.url}/clients/?per=200")
    keep(page, "clients-200-light-1440")  # the same rows, more of them: one picture is long enough
    assert found == []


def test_axe_finds_nothing_serious_on_a_run_in_any_look(
    stocked: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = opened(browser_page, stocked)
    page.goto(f"{stocked.url}/clients/?q=odd")
    for number in page.locator("input[name=pk]").evaluate_all("boxes => boxes.map((box) => box.value)"):
        page.locator(f"input[name=pk][value='{number}']").evaluate("box => { box.checked = true }")
    page.locator("#bulk button[value=owner]").evaluate("button => button.click()")
    expect(page.get_by_label("New owner")).to_be_visible()
    found = look_at(page, "clients-bulk-owner", pictures=PICTURES)
    page.get_by_label("New owner").fill("dev")
    page.get_by_role("button", name="Change the owner of").click()
    expect(page.get_by_text("This result is kept")).to_be_visible(timeout=60_000)
    assert found + look_at(page, "clients-bulk-owner-result", pictures=PICTURES) == []
