"""The tab "Rate limits" in a real browser: set, met, and all states in all looks."""

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
from tests.protocol.caller import Caller, basic

SECRET = "a-secret-of-the-service-4711"
RULES = [
    {"method": "any", "limit": 20000, "period": 3600, "maxDelay": 0},
    {"method": "GET", "limit": 2147483647, "period": 2678400, "minDelay": 10000, "maxDelay": 10000},
    {"method": "POST", "limit": 3, "period": 86400, "minDelay": 0, "maxDelay": 1},
    {"method": "DELETE", "limit": 0, "period": 1, "mode": "watch"},
]
STATES = {"empty": [], "many": RULES, "protected": RULES[:1]}
SEED = """
from django.utils import timezone
from clients.models import Client
from policies.models import SeenNetwork
from policies.rate_limits import compiled
many = Client.objects.get(client_id="many")
mark = compiled(many.rate_rules).fingerprint
for network, over, watched in (("192.0.2.18/32", 398, 0), ("2001:db8:40:7::/64", 2, 14), ("192.0.2.30/32", 0, 3)):
    SeenNetwork.objects.create(client=many, network=network, over=over, watched_over=watched, rate_rules=mark,
                               last_seen=timezone.now())
Client.objects.filter(client_id="protected").update(
    is_protected=True, protected_by="ines", protected_at=timezone.now(), protected_reason="Ask Treasury first.")
"""


@pytest.fixture(scope="module")
def furnished(server: MakeServer) -> Server:
    running = server(on_postgresql=False)
    plain = {"owner": "mara", "grants": ["client_credentials"], "clientSecret": SECRET}
    clients = [{"clientId": state, "name": f"Billing sync {state}", "rateLimitRules": rules, **plain}
               for state, rules in STATES.items()]  # fmt: skip
    running.manage("apply", "-", text=json.dumps({**FURNITURE, "clients": clients}))
    running.shell(SEED)
    return running


def test_r41_a_budget_is_set_with_scripts_off_and_met_and_every_state_is_right_in_every_look(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    form = {"grant_type": "client_credentials"}
    for _ in range(5):
        Caller(furnished.url, authorization=basic("many", SECRET)).post("/token", form)
    pages = {state: f"/clients/{number_of(furnished, state)}/rates/" for state in STATES}
    page = opened(browser_page, furnished, pages["many"])
    faults = look_at(page, "client-rates-many", pictures=("light", "dark", "phone"))
    page.goto(f"{furnished.url}{pages['protected']}")
    faults += look_at(page, "client-rates-protected", pictures=("light",))
    page.goto(f"{furnished.url}{pages['empty']}")
    faults += look_at(page, "client-rates-empty", pictures=("light",))
    page.locator("[name=limit]").fill("many")
    page.locator("[name=max_delay]").fill("-5")
    page.get_by_role("button", name="Save rule").click()
    expect(page.locator(".faults li")).to_have_count(2)
    faults += look_at(page, "client-rates-errors", pictures=("light", "phone"))
    assert faults == []
    plain = opened(browser_page, furnished, pages["empty"], scripts=False)
    plain.locator("[name=limit]").fill("1")
    plain.locator("[name=period]").fill("3600")
    plain.get_by_role("button", name="Save rule").click()
    expect(plain.locator("main")).to_contain_text("1 request in 1 hour")
    asking = Caller(furnished.url, authorization=basic("empty", SECRET))
    assert [asking.post("/token", form).status for _ in range(2)] == [200, 429]
    plain.reload()
    expect(plain.locator("main")).to_contain_text("Used up")
    plain.get_by_role("button", name="Remove the rule of Any method").click()
    assert asking.post("/token", form).status == 200
