"""Scopes and APIs in a real browser: a client is allowed a scope from its page, and all pages in all looks (R35)."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LookAt
from tests.browser.test_lifecycle import number_of, opened
from tests.browser.test_the_thread import FURNITURE
from tests.ground.browsers import NewPage
from tests.ground.running import MakeServer
from tests.ground.server import Server

LONG = "orders.of.the.regional.offices.that.ship.and.bill.and.reconcile.at.the.end.of.each.and.every.month.ok"
SCOPES = [
    {"name": "orders.read", "description": "See orders and what became of them.", "api": "Orders", "default": True},
    {"name": "orders.refund", "description": "Send refunds to customers.", "api": "Orders", "sensitive": True},
    {"name": LONG[:100], "description": "Everything of everything. " * 20, "api": "Orders"},
    *({"name": f"ledger.book-{number:03}.read", "description": f"Read book {number}."} for number in range(80)),
]
APIS = [
    {"name": "Orders", "audience": "https://orders.example", "description": "What customers ordered.",
     "introspectors": ["orders-api", "forgotten"]},
    {"name": "Ledger of all the regional offices, with a name that nobody types twice",
     "audience": "https://ledger.example/" + "regional-" * 30},
]  # fmt: skip
SERVICE = {"owner": "mara", "grants": ["client_credentials"], "type": "confidential"}
CLIENTS = [
    {"clientId": "orders-api", "name": "Orders API", "allowedScope": "authorization.introspect", **SERVICE},
    {"clientId": "forgotten", "name": "Forgotten", "allowedScope": "ping", **SERVICE},
    {"clientId": "sync", "name": "Billing sync", "allowedScope": "orders.read orders.* ledger.* gone openid *.write",
     **SERVICE},
    {"clientId": "exact", "name": "Refund desk", "allowedScope": "orders.read orders.refund", **SERVICE},
    {"clientId": "none", "name": "Nothing yet", "allowedScope": "", **SERVICE},
]  # fmt: skip
NUMBERS = """
from policies.models import Api, Scope
print(Api.objects.get(name="Orders").pk, Scope.objects.get(name="orders.refund").pk,
      Scope.objects.get(name__startswith="orders.of").pk)
"""


@pytest.fixture(scope="module")
def furnished(server: MakeServer) -> Server:
    running = server(on_postgresql=False)
    running.manage("apply", "-", text=json.dumps({**FURNITURE, "apis": APIS, "scopes": SCOPES, "clients": CLIENTS}))
    return running


def test_r35_a_client_is_allowed_a_scope_and_every_page_is_right_in_every_look(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    api, refund, long = furnished.shell(NUMBERS).splitlines()[-1].split()
    sync, none = number_of(furnished, "sync"), number_of(furnished, "none")
    page = opened(browser_page, furnished, f"/scopes/{refund}/")
    faults = look_at(page, "scope", pictures=("light", "dark", "phone"))
    page.get_by_label("Client id").fill("nobody")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_label("Client id")).to_have_attribute("aria-invalid", "true")
    faults += look_at(page, "scope-error", pictures=("phone",))
    page.get_by_label("Client id").fill("none")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("link", name="Nothing yet", exact=True)).to_be_visible()
    pages = {
        "scopes": ("/scopes/?sort=api", ("light", "dark", "phone")),
        "scopes-none-match": ("/scopes/?q=nothing+at+all", ()),
        "scope-long": (f"/scopes/{long}/", ("phone",)),
        "scope-edit": (f"/scopes/{refund}/edit/", ("light",)),
        "scope-delete": (f"/scopes/{refund}/delete/", ("light",)),
        "apis": ("/scopes/apis/", ("light", "phone")),
        "api": (f"/scopes/apis/{api}/", ("light", "dark", "phone")),
        "api-edit": (f"/scopes/apis/{api}/edit/", ()),
        "api-delete": (f"/scopes/apis/{api}/delete/", ()),
        "client-scopes": (f"/clients/{sync}/scopes/", ("light", "dark", "phone")),
        "client-scopes-remove": (f"/clients/{sync}/scopes/remove/?element=orders.*", ("light",)),
    }
    for name, (path, pictures) in pages.items():
        answer = page.goto(furnished.url + path)
        assert answer is not None
        assert answer.status == 200, path
        faults += look_at(page, name, pictures=pictures)
    page.goto(f"{furnished.url}/clients/{none}/scopes/")
    page.get_by_role("link", name="Remove… orders.refund").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("is taken from Nothing yet")).to_be_visible()
    faults += look_at(page, "client-scopes-empty", pictures=())
    assert faults == []


USE = """
from datetime import timedelta
from django.utils import timezone
from clients.models import Client
from policies import seen_networks
from policies.models import SeenNetwork, Use
sync, now = Client.objects.get(client_id="sync"), timezone.now()
for days, name, counts in ((40, "orders.read", (1, 1, 0)), (1, "orders.read", (1204, 1204, 9120)),
                           (3, "ledger.book-007.read", (31, 31, 12)), (9, "orders.refund", (4, 0, 0))):
    asked, granted, used = counts
    Use.objects.create(client=sync, kind="scope", name=name, day=(now - timedelta(days=days)).date(),
                       asked=asked, granted=granted, used=used)
mark = seen_networks.mark_of("ledger.book-007.read orders.read")
for network, count in (("192.0.2.18/32", 17), ("2001:db8:40:7::/64", 2)):
    SeenNetwork.objects.create(client=sync, network=network, uses=40, last_seen=now, watched_scopes=count,
                               scope_mark=mark)
"""


def test_a_narrower_scope_is_suggested_watched_and_enforced_without_scripts(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    furnished.shell(USE)
    path = f"/clients/{number_of(furnished, 'sync')}/scopes/"
    page = opened(browser_page, furnished, path)
    expect(page.get_by_role("button", name="Watch it first")).to_be_visible()
    faults = look_at(page, "client-scopes-suggested", pictures=("light", "dark", "phone"))
    plain = opened(browser_page, furnished, path, scripts=False)
    plain.get_by_label("Scopes or patterns").nth(1).fill("ledger.book-007.read orders.read")
    plain.get_by_role("button", name="Watch it", exact=True).click()
    expect(plain.get_by_text("19 requests")).to_be_visible()
    page.goto(furnished.url + path)
    faults += look_at(page, "client-scopes-watching", pictures=("light", "phone"))
    plain.get_by_role("button", name="Enforce it now").click()
    expect(plain.get_by_role("button", name="Enforce it now")).to_have_count(0)
    expect(plain.locator(".element")).to_have_count(2)
    assert faults == []
