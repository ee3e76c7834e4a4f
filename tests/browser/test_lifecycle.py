"""A client in real Chromium: copied, deleted with its tokens, restored without, imported; scripts on and off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LookAt
from tests.browser.screenshots import keep
from tests.browser.test_the_thread import FURNITURE, sign_in
from tests.ground.browsers import NewPage
from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, basic

SECRET = "a-secret-of-the-service-4711"
SERVICE: dict[str, Any] = {
    "owner": "mara", "grants": ["client_credentials"], "allowedScope": "authorization.introspect",
    "clientSecret": SECRET,
}  # fmt: skip
NAMES = (
    "Relay",
    "Order relay",
    "Courier relay",
    "Returns relay",
    "Price relay",
    "Stock relay",
    "Night relay",
    "Relay 2",
)
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


@dataclass(frozen=True, kw_only=True)
class Relay:
    """A service that one test alone changes."""

    name: str
    client_id: str
    number: str

    @property
    def authorization(self) -> str:
        return basic(self.client_id, SECRET)


@pytest.fixture(scope="module")
def running(server: MakeServer) -> Server:
    """A server with a service for each test, and `reader`, which looks at their tokens."""
    one = server(on_postgresql=False)
    clients = [{**SERVICE, "clientId": slug(name), "name": name} for name in (*NAMES, "Reader")]
    one.manage("apply", "-", text=json.dumps({**FURNITURE, "clients": clients}))
    return one


@pytest.fixture(scope="module")
def relays(running: Server) -> Iterator[Relay]:
    ids = [slug(name) for name in NAMES]
    code = (
        "from clients.models import Client; "
        f"print(*(Client.objects.get(client_id=client_id).pk for client_id in {ids!r}))"
    )
    numbers = running.shell(code).splitlines()[-1].split()
    return iter([Relay(name=n, client_id=i, number=pk) for n, i, pk in zip(NAMES, ids, numbers, strict=True)])


@pytest.fixture
def relay(relays: Iterator[Relay]) -> Relay:
    return next(relays)


def slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def opened(new_page: NewPage, server: Server, path: str, look: str = "light", *, scripts: bool = True) -> Page:
    page = new_page(look, java_script_enabled=scripts)
    page.goto(f"{server.url}/sign-in/?next={path}")
    sign_in(page)
    return page


def number_of(server: Server, client_id: str) -> str:
    code = f"from clients.models import Client; print(Client.objects.get(client_id={client_id!r}).pk)"
    return server.shell(code).splitlines()[-1]


@SCRIPTS
def test_r45_a_copy_gets_a_working_secret_of_its_own(
    running: Server, relay: Relay, browser_page: NewPage, scripts: bool
) -> None:
    page = opened(browser_page, running, f"/clients/{relay.number}/copy/", scripts=scripts)
    expect(page.locator("[name=name]")).to_have_value(f"{relay.name} copy")
    keep(page, "client-copy-light-1440")
    page.get_by_role("button", name="Register client").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{relay.name} copy is registered")
    client_id, secret = (page.locator(f"#{name}").inner_text() for name in ("client-id", "client-secret"))
    assert Caller(running.url).token(authorization=basic(client_id, secret))
    assert Caller(running.url).token(authorization=relay.authorization)


@SCRIPTS
def test_r47_deleting_kills_the_tokens_and_restoring_does_not_bring_them_back(
    running: Server, relay: Relay, browser_page: NewPage, scripts: bool
) -> None:
    caller = Caller(running.url, authorization=relay.authorization)
    token = caller.token(authorization=relay.authorization)
    asking = Caller(running.url, authorization=basic("reader", SECRET))
    assert asking.introspect(token)["active"] is True
    page = opened(browser_page, running, f"/clients/{relay.number}/delete/", scripts=scripts)
    expect(page.locator("main")).to_contain_text("1 live token")
    page.get_by_role("button", name="Delete client").click()
    assert asking.introspect(token) == {"active": False}
    assert caller.post("/token", {"grant_type": "client_credentials"}).status == 401
    page.get_by_role("link", name="Restore it…").click()
    keep(page, "client-restore-light-1440")
    page.get_by_role("button", name="Restore client").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(relay.name)
    assert asking.introspect(token) == {"active": False}
    assert asking.introspect(caller.token(authorization=relay.authorization))["active"] is True


@SCRIPTS
def test_r49_an_import_shows_the_differences_and_does_exactly_that(
    running: Server, relay: Relay, browser_page: NewPage, scripts: bool
) -> None:
    page = opened(browser_page, running, "/clients/import/", scripts=scripts)
    faulty = {"clientId": relay.client_id, "colour": "red", "name": "a&b"}
    page.locator("#document").fill(json.dumps({"clients": [faulty, {}]}))
    page.get_by_role("button", name="Show the differences").click()
    expect(page.get_by_role("alert")).to_contain_text("clients[0].colour")
    keep(page, "client-import-faults-light-1440")
    changed = {"clientId": relay.client_id, "accessTokenLifetime": 900, "allowedScope": "orders.read"}
    fresh = f"Fresh {relay.name}"
    new = {**SERVICE, "clientId": slug(fresh), "name": fresh, "accessTokenLifetime": "never"}
    del new["clientSecret"]
    page.locator("#document").fill(json.dumps({"clients": [changed, new]}))
    page.get_by_role("button", name="Show the differences").click()
    expect(page.locator("main")).to_contain_text("1 added")
    expect(page.locator("main")).to_contain_text("orders.read")
    keep(page, "client-import-differences-light-1440")
    page.get_by_role("button", name="Import 2 clients").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Imported")
    keep(page, "client-import-outcome-light-1440")
    page.get_by_role("link", name=f"Reset the secret of {fresh}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(fresh)


def test_r48_the_export_dialog_opens_over_the_page_and_closes(
    running: Server, relay: Relay, browser_page: NewPage
) -> None:
    page = opened(browser_page, running, f"/clients/{relay.number}/")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Export…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text('"clientSecretEncoded": "CONCEALED"')
    keep(page, "client-export-dialog-light-1440")
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator("dialog#export-dialog")).to_have_count(0)


def test_axe_finds_nothing_serious_on_the_pages_of_a_clients_life_in_any_look(
    running: Server, relay: Relay, browser_page: NewPage, look_at: LookAt
) -> None:
    running.manage("apply", "-", text=json.dumps({"clients": [
        {**SERVICE, "clientId": f"gone-{n}", "name": f"Gone {n}"} for n in range(3)]}))  # fmt: skip
    page = opened(browser_page, running, "/clients/deleted/")
    faults = look_at(page, "clients-deleted-empty")
    running.manage("apply", "-", text=json.dumps({"clients": [
        {"clientId": f"gone-{n}", "softDeleted": True} for n in range(3)]}))  # fmt: skip
    gone = number_of(running, "gone-1")
    pages = {
        "clients-deleted": "/clients/deleted/",
        "client-restore": f"/clients/deleted/{gone}/restore/",
        "client-copy": f"/clients/{relay.number}/copy/",
        "client-export": f"/clients/{relay.number}/export/view/",
        "client-import": "/clients/import/",
    }
    for name, path in pages.items():
        page.goto(running.url + path)
        faults += look_at(page, name)
    changed = {"clientId": relay.client_id, "accessTokenLifetime": 900, "allowedScope": "orders.* openid"}
    new = {**SERVICE, "clientId": "fresh", "name": "Fresh", "accessTokenLifetime": "never"}
    page.locator("#document").fill(json.dumps({"clients": [changed, new]}))
    page.get_by_role("button", name="Show the differences").click()
    assert faults + look_at(page, "client-import-differences") == []
