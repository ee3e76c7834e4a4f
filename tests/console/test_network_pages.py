"""The tab "Network" (R37): what it shows, who may change it, and what a change asks first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients import registration
from clients.facts import facts_of
from clients.models import Client
from policies import seen_networks
from policies.models import SeenNetwork
from policies.networks import compiled
from tests.clients.people import BY, registered
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
SITES = ("allow 192.0.2.0/27 Batch hosts", "deny 192.0.2.30/32 Retired")


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def with_rules(*lines: str) -> Client:
    client = registered().client
    facts = replace(facts_of(client), network_rules=lines)
    return registration.edit(client=client, facts=facts, by=BY, now=timezone.now()).client


def used(client: Client, *addresses: str, times: int = 1) -> None:
    for address in addresses:
        for _ in range(times):
            seen_networks.note(client_pk=client.pk, address=address, rules=compiled(client.network_rules))
    seen_networks.flush()


def page_of(browser: Browser, client: Client, path: str = "") -> Page:
    response = browser.get(f"/clients/{client.pk}/network/{path}")
    assert response.status_code == 200
    return Page(response.content.decode())


def post(browser: Browser, client: Client, path: str, **form: str) -> Any:
    revision = str(Client.objects.get(pk=client.pk).revision)
    return browser.post(f"/clients/{client.pk}/network/{path}/", {"revision": revision, **form})


def rules_of(client: Client) -> tuple[str, ...]:
    return facts_of(Client.objects.get(pk=client.pk)).network_rules


# ── What it shows ──


def test_r37_each_rule_stands_with_its_use_and_what_is_wrong_with_it(browser: Browser) -> None:
    client = with_rules(*SITES, "allow 192.0.2.8/29")
    used(client, "192.0.2.9", times=3)
    used(client, "192.0.2.30")
    page = page_of(browser, client)
    first, second, third = (row.text for row in page.all("tr")[1:])
    for words, row in (("192.0.2.0/27", first), ("Batch hosts", first), ("Denied", second), ("one address", second)):
        assert words in row
    assert "Adds nothing: 192.0.2.0/27 holds all of it." in third
    seen = page.one("section", aria_labelledby="seen").text
    assert "192.0.2.93 requests192.0.2.30 1 refused" in " ".join(seen.split())


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("192.0.2.5", "Let in"),
        ("192.0.2.30", "Refused"),
        ("::ffff:192.0.2.5", "Let in"),
        ("2001:db8::1", "Refused"),
        ("192.0.2", "That is no IP address."),
        ("<script>", "That is no IP address."),
    ],
)
def test_an_address_is_tried_by_get(browser: Browser, address: str, words: str) -> None:
    client = with_rules(*SITES)
    response = browser.get(f"/clients/{client.pk}/network/", {"address": address})
    assert words in Page(response.content.decode()).one("form", aria_labelledby="try").text
    assert b"<script>" not in response.content


# ── Changing ──


def test_r37_a_text_of_rules_is_judged_line_by_line_and_saved_with_its_event(browser: Browser) -> None:
    client = registered().client
    bad = post(browser, client, "edit", rules="allow 10.0.0.5/8\n\nallow 192.0.2.0/24\npermit x").content.decode()
    faults = [fault.text for fault in Page(bad).all("li", class_="line")]
    assert [fault[:6] for fault in faults] == ["Line 1", "Line 4"]
    assert rules_of(client) == ()
    assert post(browser, client, "edit", rules="\n".join(SITES)).status_code == 302
    assert rules_of(client) == SITES
    event = Event.objects.get(kind="client.changed")
    assert event.changes == {"allowedIpRules": [[], list(SITES)]}
    told = browser.get(f"/clients/{client.pk}/activity/").content.decode()
    assert "Network rules" in told
    reverted = browser.post(f"/clients/{client.pk}/activity/{event.pk}/revert/", {"revision": "2"})
    assert reverted.status_code == 302
    assert rules_of(client) == ()


def test_one_rule_is_added_from_the_foot_and_a_host_in_a_network_is_offered_both_ways(browser: Browser) -> None:
    client = with_rules(SITES[0])
    refused = post(browser, client, "add", cidr="10.0.0.5/8", action="allow", note="VPN")
    assert [button["value"] for button in Page(refused.content.decode()).all("button", name="cidr")] == [
        "10.0.0.0/8", "10.0.0.5/32",
    ]  # fmt: skip
    twice = post(browser, client, "add", cidr="192.0.2.0/27", action="watch allow").content.decode()
    assert "Rule 1 says the same." in twice
    assert post(browser, client, "add", cidr="2001:db8::", action="watch deny", note="x").status_code == 302
    assert rules_of(client) == (SITES[0], "watch deny 2001:db8::/128 x")


def test_rules_that_would_refuse_from_where_it_is_used_are_asked_about_once(browser: Browser) -> None:
    client = registered().client
    used(client, "198.51.100.7", times=2)
    asked = post(browser, client, "edit", rules="allow 10.0.0.0/8").content.decode()
    assert "198.51.100.7" in Page(asked).one("div", class_="callout").text
    assert rules_of(client) == ()
    assert post(browser, client, "add", cidr="10.0.0.0/8", action="allow").status_code == 200
    assert post(browser, client, "edit", rules="allow 10.0.0.0/8", confirmed="yes").status_code == 302
    assert rules_of(client) == ("allow 10.0.0.0/8",)


def test_rules_are_proposed_from_the_addresses_that_it_used(browser: Browser) -> None:
    client = registered().client
    used(client, "192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.7", "2001:db8::1:2:3:4")
    text = page_of(browser, client, "edit/?learn=1").one("textarea", name="rules").text
    rules = [f"allow {network} Seen in use" for network in ("192.0.2.0/24", "198.51.100.7/32", "2001:db8::/64")]
    assert text == " ".join(rules)
    assert post(browser, client, "edit", rules="\n".join(rules)).status_code == 302
    assert "Propose rules" not in page_of(browser, Client.objects.get(pk=client.pk)).one("main").text


def test_watched_rules_tell_whom_they_would_refuse_and_one_press_enforces_them(browser: Browser) -> None:
    client = with_rules("watch allow 10.0.0.0/8")
    used(client, "198.51.100.7", times=3)
    used(client, "10.0.0.1")
    words = " ".join(page_of(browser, client).one("main").text.split())
    assert "would have refused 3 requests from 198.51.100.7" in words
    assert post(browser, client, "enforce").status_code == 302
    assert rules_of(client) == ("allow 10.0.0.0/8",)


def test_two_people_who_change_rules_at_once_lose_nothing(browser: Browser) -> None:
    client = with_rules(SITES[0])
    late = browser.post(f"/clients/{client.pk}/network/edit/", {"revision": "1", "rules": "deny 10.0.0.0/8"})
    assert late.status_code == 409
    page = Page(late.content.decode())
    assert SITES[0] in page.one("section", aria_labelledby="as-now").text
    assert page.one("textarea", name="rules").text == "deny 10.0.0.0/8"
    assert rules_of(client) == (SITES[0],)


# ── The access ladder ──


PATHS = (("", False), ("edit/", True), ("add/", True), ("enforce/", True))


@pytest.mark.parametrize(("path", "writes"), PATHS)
@pytest.mark.parametrize(
    ("role", "reads", "edits"),
    [
        ("Administrator", 200, True),
        ("Client manager", 200, True),
        ("Auditor", 200, False),
        ("Developer", 404, False),
    ],
)
def test_r59_who_may_see_and_who_may_change(
    sign_in: SignIn, path: str, writes: bool, role: str, reads: int, edits: bool
) -> None:
    from tests.clients.people import person

    client, viewer = with_rules(SITES[0]), sign_in(person("viewer", role))
    if not writes:
        response = viewer.get(f"/clients/{client.pk}/network/")
        assert response.status_code == reads
        assert (b"Add rule" in response.content) is edits
        return
    form = {"rules": SITES[0], "cidr": "10.0.0.0/8", "action": "deny", "revision": str(client.revision)}
    answer = viewer.post(f"/clients/{client.pk}/network/{path}", form).status_code
    assert answer == (302 if edits else 403 if reads == 200 else 404)
    assert edits or rules_of(client) == (SITES[0],)


def test_r43_a_protected_client_keeps_its_rules(browser: Browser) -> None:
    client = with_rules(SITES[0])
    registration.protect(client=client, by=BY, reason="Ask Treasury.", now=timezone.now())
    assert "Add rule" not in page_of(browser, client).one("main").text
    for path in ("edit", "add", "enforce"):
        assert post(browser, client, path, rules="", cidr="10.0.0.0/8", action="deny").status_code == 403
    assert rules_of(client) == (SITES[0],)


# ── Bounds ──


def test_ten_thousand_addresses_leave_a_bounded_number_of_rows_and_keep_those_in_use() -> None:
    client = with_rules("allow 10.0.0.0/8")
    used(client, "10.0.0.1")
    used(client, *(f"198.51.{n // 250}.{n % 250}" for n in range(2_000)))
    rows = SeenNetwork.objects.filter(client=client)
    assert rows.filter(uses__gt=0).count() == 1
    assert rows.filter(uses=0).count() == seen_networks.MOST_A_CLIENT
