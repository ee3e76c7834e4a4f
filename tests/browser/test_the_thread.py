"""The one thread through the house, as a newcomer walks it (issue "The house stands", what must be shown)."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LookAt
from tests.browser.screenshots import keep
from tests.ground.browsers import NewPage
from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, basic

PASSWORD = "correct-horse-battery-staple-9"
expect.set_options(timeout=20_000)  # two cores, and the whole suite beside it


@pytest.fixture
def fresh(own_server: MakeServer) -> Server:
    """A server that nobody has set up."""
    return own_server(on_postgresql=False)


def set_up_link(server: Server) -> str:
    found = re.findall(r"http://127\.0\.0\.1:\d+/set-up/\S+", server.log_text())
    assert len(found) == 1, server.log_text()
    return str(found[0])


def set_up_and_sign_in(page: Page, server: Server) -> None:
    page.goto(set_up_link(server))
    keep(page, "set-up-light-1440")
    page.get_by_label("Username").fill("mara")
    page.get_by_label("E-mail").fill("mara@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create administrator").click()
    if "/sign-in/" in page.url:
        sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def sign_in(page: Page, username: str = "mara", password: str = PASSWORD) -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("main form button[type=submit]").first.click()


def register_service(page: Page, server: Server, *, name: str, scope: str) -> tuple[str, str]:
    """Register a service in the form; its client id and secret, as the page shows them once."""
    page.goto(f"{server.url}/clients/new/")
    page.get_by_text("Machine to machine", exact=False).click()
    page.locator("[name=name]").fill(name)
    if not page.locator("[name=grants][value=client_credentials]").is_checked():
        page.locator("[name=grants][value=client_credentials]").check()
    if page.locator("[name=grants][value=authorization_code]").is_checked():
        page.locator("[name=grants][value=authorization_code]").uncheck()
    page.locator("[name=allowed_scope]").fill(scope)
    page.get_by_role("button", name="Register client").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("is registered")
    secret = next(text for text in page.locator("code").all_inner_texts() if text.startswith("asc_"))
    client_id = page.locator(".secret-box code").first.inner_text()
    return client_id.strip(), secret.strip()


def run_shown_curl(page: Page) -> dict[str, str]:
    """Paste what the page shows into a shell, its `.env` first, as the page tells."""
    snippets = page.locator("pre").all_inner_texts()
    environment = next(text for text in snippets if "OAUTH_CLIENT_SECRET=" in text)
    curl = next(text for text in snippets if text.startswith("curl"))
    variables = "\n".join(f"export {shlex.quote(line)}" for line in environment.splitlines() if "=" in line)
    done = subprocess.run(
        ["bash", "-euc", f"{variables}\n{curl} --silent --fail"], capture_output=True, text=True, check=True, timeout=60
    )
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


def test_r14_from_the_set_up_link_to_a_revoked_token(fresh: Server, browser_page: NewPage) -> None:
    page = browser_page()
    set_up_and_sign_in(page, fresh)
    register_service(page, fresh, name="Order events relay", scope="authorization.introspect")
    keep(page, "credentials-once-light-1440")
    shown = page.content()
    token = run_shown_curl(page)["access_token"]
    secret = re.findall(r"asc_[0-9A-Za-z_]{40,}", shown)[0]

    page.reload()
    assert secret not in page.content()
    assert secret not in fresh.log_text()

    reader_id, reader_secret = register_service(page, fresh, name="Orders API", scope="authorization.introspect")
    reader = Caller(fresh.url, authorization=basic(reader_id, reader_secret))
    assert reader.introspect(token)["active"] is True
    owner_id = reader.introspect(token)["client_id"]
    assert reader.post("/revoke", {"token": token}, authorization=basic(owner_id, secret)).status == 200
    assert reader.introspect(token) == {"active": False}


def test_the_set_up_link_works_once(fresh: Server, browser_page: NewPage) -> None:
    page = browser_page()
    link = set_up_link(fresh)
    set_up_and_sign_in(page, fresh)
    answer = browser_page().goto(link)
    assert answer is not None
    assert answer.status in (404, 410)


def test_the_thread_holds_without_scripts(fresh: Server, browser_page: NewPage) -> None:
    page = browser_page(java_script_enabled=False)
    set_up_and_sign_in(page, fresh)
    client_id, secret = register_service(page, fresh, name="No scripts", scope="")
    assert Caller(fresh.url).token(authorization=basic(client_id, secret))


@pytest.fixture(scope="module")
def furnished(server: MakeServer) -> Server:
    """A server with people and clients of every kind."""
    running = server(on_postgresql=False)
    running.manage("apply", "-", text=json.dumps(FURNITURE))
    return running


NAMES = ["Courier app", "Billing sync", "Returns portal", "Warehouse scanner", "Order events relay", "Settlement batch",
         "Storefront", "Price import", "Kiosk display", "Support desk", "Supplier feed",
         "Internal reporting and month-end reconciliation of everything that the regional offices ship"]  # fmt: skip
PEOPLE = {"mara": "Mara Lindqvist", "tomas": "Tomas Okafor", "priya": "Priya Raman", "jun": "Jun Watanabe"}
FURNITURE: dict[str, object] = {
    "users": [
        {"username": username, "givenName": name.split()[0], "familyName": name.split()[1], "password": PASSWORD,
         "email": f"{username}@example.com", "isSuperuser": username == "mara"}
        for username, name in PEOPLE.items()
    ],
    "scopes": [{"name": "orders.read", "description": "Read orders", "default": True}],
    "clients": [
        {
            "clientId": name.lower().replace(" ", "-")[:40], "name": name, "version": str(number) if number % 3 else "",
            "owner": list(PEOPLE)[number % 4], "description": "Keeps its own house.",
            **(
                {"type": "public", "grants": ["authorization_code"],
                 "redirectUris": [f"https://app{number}.example.com/oauth/callback", "http://127.0.0.1/callback"]}
                if number % 3 == 0
                else {"type": "confidential", "grants": ["client_credentials"], "allowedScope": "orders.*",
                      "clientSecret": f"secret-number-{number}-of-the-furniture"}
            ),
            "active": number != 8,
            "accessTokenLifetime": "never" if number == 4 else "global",
        }
        for number, name in enumerate(NAMES)
    ],
}  # fmt: skip
USED = """
from datetime import timedelta
from django.utils import timezone
from clients.models import Client
from tokens.models import DailyCount, DailyTotal
client, today = Client.objects.get(client_id="billing-sync"), timezone.now().date()
for age in range(29):
    issued = 0 if age % 7 in (2, 3) else 380 + 97 * (age * age % 11)
    counted = {"day": today - timedelta(days=age), "issued": issued, "refused": age % 13 == 5}
    DailyCount.objects.create(client=client, **counted)
    DailyTotal.objects.create(**counted)
print(client.pk)
"""
PAGES = {
    "dashboard": "/",
    "clients": "/clients/",
    "clients-search": "/clients/?q=no-such-client",
    "register": "/clients/new/",
    "client-overview": "/clients/{service}/",
    "client-edit": "/clients/{service}/edit/",
    "client-reset-secret": "/clients/{service}/reset-secret/",
    "client-protect": "/clients/{service}/protect/",
    "client-delete": "/clients/{service}/delete/",
    "audit": "/audit/",
    "settings": "/settings/",
    "not-found": "/nothing-here/",
}


def test_axe_finds_nothing_serious_on_any_page_in_any_look(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = browser_page()
    page.goto(f"{furnished.url}/sign-in/")
    found = look_at(page, "sign-in")
    sign_in(page)
    service = furnished.shell(USED).splitlines()[-1]
    for name, path in PAGES.items():
        page.goto(furnished.url + path.format(service=service))
        found += look_at(page, name)
    assert found == []


def test_a_faulty_registration_says_everything_at_once(
    furnished: Server, browser_page: NewPage, accessibility_faults: Callable[[Page], list[str]]
) -> None:
    page = browser_page()
    page.goto(f"{furnished.url}/sign-in/?next=/clients/new/")
    sign_in(page)
    page.locator("[name=name]").fill("Returns & refunds (EU)")
    page.locator("[name=redirect_uris]").fill(
        "https://returns.example.com/cb\nhttp://returns.example.com/cb\nhttps://*.example.com/cb\nhttp://127.0.0.1/cb"
        "\nhttps://returns.example.com/cb#done"
    )
    page.get_by_role("button", name="Register client").click()
    expect(page.get_by_role("alert")).to_be_visible()
    for line in ("Line 2", "Line 3", "Line 5"):
        expect(page.get_by_text(line, exact=True)).to_be_visible()
    assert accessibility_faults(page) == []
    keep(page, "register-errors-light-1440")
