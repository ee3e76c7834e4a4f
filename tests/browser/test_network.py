"""The tab "Network" in a real browser: proposed, watched, enforced without scripts, and all states in all looks."""

from __future__ import annotations

import json
import re

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
    {"cidr": "192.0.2.0/27", "action": "allow", "note": "Batch hosts, primary site"},
    {"cidr": "2001:db8:40::/48", "action": "allow", "note": "Batch hosts, second site"},
    {"cidr": "192.0.2.8/29", "action": "allow", "note": "Left over from before the move"},
    {"cidr": "192.0.2.30/32", "action": "deny", "note": "Retired host, keep out until it is used again " * 4},
    {"cidr": "10.0.0.0/8", "action": "allow", "note": "Site VPN", "mode": "watch"},
]
STATES = {"empty": [], "one": RULES[:1], "many": RULES, "protected": RULES[:2]}
SEED = """
from django.utils import timezone
from clients.models import Client
from policies.models import SeenNetwork
from policies.networks import compiled
many = Client.objects.get(client_id="many")
mark = compiled(many.network_rules).fingerprint
for network, uses, refused, watched in (("192.0.2.18/32", 398, 0, 0), ("192.0.2.11/32", 14, 0, 0),
                                        ("192.0.2.30/32", 0, 3, 0), ("2001:db8:40:7::/64", 2, 0, 2)):
    SeenNetwork.objects.create(client=many, network=network, uses=uses, refused=refused, watched=watched,
                               watched_rules=mark, last_seen=timezone.now())
Client.objects.filter(client_id="protected").update(
    is_protected=True, protected_by="ines", protected_at=timezone.now(), protected_reason="Ask Treasury first.")
"""


@pytest.fixture(scope="module")
def furnished(server: MakeServer) -> Server:
    running = server(on_postgresql=False, TRUSTED_PROXIES="127.0.0.1")
    plain = {"owner": "mara", "grants": ["client_credentials"], "clientSecret": SECRET}
    clients = [{"clientId": state, "name": f"Billing sync {state}", "allowedIpRules": rules, **plain}
               for state, rules in STATES.items()]  # fmt: skip
    running.manage("apply", "-", text=json.dumps({**FURNITURE, "clients": clients}))
    running.shell(SEED)
    return running


def test_every_state_of_the_tab_is_right_in_every_look(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    pages = {state: f"/clients/{number_of(furnished, state)}/network/" for state in STATES}
    page = opened(browser_page, furnished, pages["empty"])
    faults = look_at(page, "client-network-empty", pictures=("light",))
    for state, path, pictures in (
        ("one", "?address=192.0.2.9", ("phone",)),
        ("many", "?address=192.0.2.30", ("light", "dark", "phone")),
        ("many", "edit/?without=1", ("light", "phone")),
        ("protected", "", ("light",)),
    ):
        page.goto(f"{furnished.url}{pages[state]}{path}")
        name = f"client-network-{'edit' if 'edit' in path else state}"
        faults += look_at(page, name, pictures=pictures)
    page.goto(f"{furnished.url}{pages['one']}")
    page.locator("[name=cidr]").fill("10.0.0.5/8")
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_role("button", name="Use 10.0.0.0/8")).to_be_visible()
    faults += look_at(page, "client-network-errors", pictures=("light", "dark", "phone"))
    page.goto(f"{furnished.url}{pages['one']}edit/")
    page.locator("[name=rules]").fill("allow 10.0.0.5/8\npermit x\nallow ::ffff:10.0.0.0/104\nallow 192.0.2.0/27")
    page.get_by_role("button", name="Save rules").click()
    expect(page.locator("li.line")).to_have_count(3)
    faults += look_at(page, "client-network-edit-errors", pictures=("light",))
    assert faults == []


ASKED = "client=many&endpoint=token&grant=client_credentials&authentication=client_secret_basic&https=on"


def test_the_simulator_is_right_in_every_look_and_leads_on_without_scripts(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = opened(browser_page, furnished, "/policies/")
    faults = look_at(page, "simulator-empty", pictures=("light",))
    for name, asked in (
        ("simulator-denied", f"{ASKED}&scope=orders.read&address=192.0.2.30"),
        ("simulator-allowed", f"{ASKED}&scope=&address=192.0.2.18"),
        ("simulator-errors", "client=nobody&endpoint=authorize&address=10.0.0.5/8"),
    ):
        page.goto(f"{furnished.url}/policies/?{asked}")
        faults += look_at(page, name, pictures=("light", "dark", "phone") if name == "simulator-denied" else ("light",))
    assert faults == []
    plain = opened(browser_page, furnished, "/policies/?client=many", scripts=False)
    expect(plain.get_by_label("Client", exact=True)).to_have_value("many")
    plain.get_by_label("Client authentication").select_option("none")
    plain.get_by_label("From address").fill("192.0.2.18")
    plain.get_by_role("button", name="Evaluate").click()
    expect(plain.get_by_role("heading", name="Denied at check")).to_be_visible()
    plain.get_by_role("link", name="Try it").first.click()
    expect(plain.get_by_role("heading", name="Allowed, after")).to_be_visible()


def test_r37_rules_are_proposed_saved_and_enforced_with_scripts_off(furnished: Server, browser_page: NewPage) -> None:
    ask = Caller(furnished.url, authorization=basic("empty", SECRET))
    form = {"grant_type": "client_credentials"}

    def status(address: str) -> int:
        return ask.post("/token", form, headers={"X-Forwarded-For": address}).status

    assert status("192.0.2.77") == 200
    page = opened(browser_page, furnished, f"/clients/{number_of(furnished, 'empty')}/network/", scripts=False)
    for _ in range(20):
        if page.get_by_role("link", name="Propose rules from these…").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    page.get_by_role("link", name="Propose rules from these…").click()
    text = page.locator("[name=rules]").input_value()
    assert text == "allow 192.0.2.77/32 Seen in use"
    page.locator("[name=rules]").fill(f"watch {text}")
    page.get_by_role("button", name="Save rules").click()
    assert status("198.51.100.7") == 200
    page.get_by_role("button", name="Enforce them now").click()
    expect(page.locator("main")).to_contain_text("Allowed")
    assert (status("198.51.100.7"), status("192.0.2.77")) == (403, 200)


def test_the_trace_of_a_refusal_is_right_in_every_look_and_leads_on_without_scripts(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    """By the reference of a real refusal; from the audit page too."""
    caller = Caller(furnished.url)
    refused = caller.post("/token", {"grant_type": "client_credentials"}, authorization=basic("many", SECRET))
    reference = refused.json["reference"]
    page = opened(browser_page, furnished, "/policies/trace/")
    faults = look_at(page, "trace-empty", pictures=("light",))
    page.goto(f"{furnished.url}/policies/trace/?reference={reference}")
    faults += look_at(page, "trace", pictures=("light", "dark", "phone"))
    page.goto(f"{furnished.url}/policies/trace/?reference=R-0000-0000")
    faults += look_at(page, "trace-unknown", pictures=("phone",))
    assert faults == []
    plain = opened(browser_page, furnished, f"/audit/?q={reference}", scripts=False)
    plain.get_by_role("link", name="Trace", exact=True).first.click()
    expect(plain.get_by_role("heading", name=re.compile("Refused at check"))).to_be_visible()
