"""The tab "Rate limits" (R40): what it shows, who may change it, and what a change says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from policies import budgets, rate_limits, seen_networks
from policies.counters import counting
from policies.counters.in_process import InProcess
from policies.counters.shared import Shared
from policies.networks import NO_RULES
from tests.clients.people import BY, person, registered
from tests.console.html import Page
from tests.ground.processes import free_port

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
RULES = ("any 100 per 3600s", "POST 2 per 60s delay 5-250ms")
SENT = {"method": "POST", "limit": "30", "period": "60", "min_delay": "", "max_delay": "", "mode": "enforce"}


@pytest.fixture(autouse=True)
def _counted_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(counting, "_counters", InProcess())
    seen_networks._counts.clear()
    yield
    counting.forget()


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def with_rules(*lines: str) -> Client:
    client = registered().client
    facts = replace(facts_of(client), rate_rules=lines)
    return registration.edit(client=client, facts=facts, by=BY, now=timezone.now()).client


def asked(client: Client, *, times: int, address: str = "192.0.2.9") -> None:
    rates = rate_limits.compiled(client.rate_rules)
    for _ in range(times):
        charge = budgets.Meter().take(rate_limits.client_budget(rates, client_pk=client.pk, method="POST"))
        seen_networks.note(client_pk=client.pk, address=address, rules=NO_RULES, rates=rates, charge=charge)
    seen_networks.flush()


def page_of(browser: Browser, client: Client, query: str = "") -> Page:
    response = browser.get(f"/clients/{client.pk}/rates/{query}")
    assert response.status_code == 200
    return Page(response.content.decode())


def post(browser: Browser, client: Client, path: str, **form: str) -> Any:
    revision = str(Client.objects.get(pk=client.pk).revision)
    return browser.post(f"/clients/{client.pk}/rates/{path}/", {"revision": revision, **form})


def rules_of(client: Client) -> tuple[str, ...]:
    return facts_of(Client.objects.get(pk=client.pk)).rate_rules


def words(page: Page) -> str:
    return " ".join(page.one("main").text.split())


# ── What it shows ──


def test_r40_each_rule_stands_with_its_delay_and_what_is_used_of_its_budget(browser: Browser) -> None:
    client = with_rules(*RULES)
    asked(client, times=5)
    page = page_of(browser, client)
    first, second = (" ".join(row.text.split()) for row in page.all("tr")[1:])
    for part in ("Any method", "100 requests in 1 hour", "0 of 100", "nothing in this window", "no delay"):
        assert part in first
    for part in ("POST", "2 requests in 1 minute", "Used up", "begins anew in", "5 to 250 ms"):
        assert part in second
    assert "192.0.2.93 refused" in page.one("section", aria_labelledby="held").text.replace(" ", "", 1)


def test_looking_counts_nothing(browser: Browser) -> None:
    client = with_rules("POST 2 per 60s")
    asked(client, times=1)
    for _ in range(3):
        assert "1 of 2" in words(page_of(browser, client))


def test_while_redis_is_away_the_page_says_so(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    client = with_rules(*RULES)
    monkeypatch.setattr(counting, "_counters", Shared(f"redis://127.0.0.1:{free_port()}/0"))
    told = words(page_of(browser, client))
    assert "Redis does not answer" in told
    assert "not known" in told


# ── Changing ──


def test_r40_a_rule_is_set_changed_and_removed_with_an_event_each(browser: Browser) -> None:
    client = registered().client
    assert post(browser, client, "set", **SENT).status_code == 302
    assert rules_of(client) == ("POST 30 per 60s",)
    page = page_of(browser, client, "?method=POST")
    assert page.one("input", name="limit")["value"] == "30"
    changed = {**SENT, "limit": "", "period": "", "min_delay": "0", "max_delay": "9", "mode": "watch"}
    assert post(browser, client, "set", **changed).status_code == 302
    assert post(browser, client, "set", **{**SENT, "method": "any"}).status_code == 302
    assert rules_of(client) == ("any 30 per 60s", "watch POST delay 0-9ms")
    assert post(browser, client, "remove", method="any").status_code == 302
    assert rules_of(client) == ("watch POST delay 0-9ms",)
    events = Event.objects.filter(kind="client.changed").order_by("pk")
    assert events[0].changes == {"rateLimitRules": [[], ["POST 30 per 60s"]]}
    assert len(events) == 4
    told = browser.get(f"/clients/{client.pk}/activity/").content.decode()
    assert "Rate rules" in told
    reverted = browser.post(f"/clients/{client.pk}/activity/{events[0].pk}/revert/", {"revision": "5"})
    assert reverted.status_code in (200, 302)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limit": "-1"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"limit": "", "period": "60"}, "limit"),
        ({"limit": "", "period": ""}, "limit"),
        ({"period": ""}, "period"),
        ({"period": "0"}, "period"),
        ({"min_delay": "5", "max_delay": "4"}, "max_delay"),
        ({"max_delay": "10001"}, "max_delay"),
        ({"method": "BREW"}, "method"),
        ({"method": ""}, "method"),
    ],
)
def test_r40_what_cannot_hold_is_said_at_its_field_and_nothing_is_saved(
    browser: Browser, change: dict[str, str], field: str
) -> None:
    client = registered().client
    response = post(browser, client, "set", **{**SENT, **change})
    assert response.status_code == 200
    page = Page(response.content.decode())
    assert page.one("select" if field == "method" else "input", name=field)["aria-invalid"] == "true"
    assert rules_of(client) == ()


def test_watched_rules_tell_whom_they_would_refuse_and_one_press_enforces_them(browser: Browser) -> None:
    client = with_rules("watch any 1 per 60s", "GET 5 per 60s")
    asked(client, times=4, address="2001:db8::7")
    assert "would have refused 3 requests from 2001:db8::/64" in words(page_of(browser, client))
    assert post(browser, client, "enforce").status_code == 302
    assert rules_of(client) == ("any 1 per 60s", "GET 5 per 60s")
    assert "Some rules only watch" not in words(page_of(browser, client))


def test_two_people_who_change_rules_at_once_lose_nothing(browser: Browser) -> None:
    client = with_rules(*RULES)
    late = browser.post(f"/clients/{client.pk}/rates/set/", {**SENT, "revision": "1"})
    assert late.status_code == 409
    page = Page(late.content.decode())
    assert "Somebody else changed this client meanwhile." in words(page)
    assert page.one("input", name="limit")["value"] == "30"
    assert rules_of(client) == RULES


# ── The access ladder ──


@pytest.mark.parametrize("path", ["", "set/", "remove/", "enforce/"])
@pytest.mark.parametrize(
    ("role", "reads", "edits"),
    [
        ("Administrator", 200, True),
        ("Client manager", 200, True),
        ("Auditor", 200, False),
        ("Developer", 404, False),
    ],
)
def test_r59_who_may_see_and_who_may_change(sign_in: SignIn, path: str, role: str, reads: int, edits: bool) -> None:
    client, viewer = with_rules("POST 1 per 60s"), sign_in(person("viewer", role))
    if not path:
        response = viewer.get(f"/clients/{client.pk}/rates/")
        assert response.status_code == reads
        assert (b"Save rule" in response.content) is edits
        return
    answer = viewer.post(f"/clients/{client.pk}/rates/{path}", {**SENT, "revision": str(client.revision)}).status_code
    assert answer == (302 if edits else 403 if reads == 200 else 404)
    assert edits or rules_of(client) == ("POST 1 per 60s",)


def test_r43_a_protected_client_keeps_its_rules(browser: Browser) -> None:
    client = with_rules(*RULES)
    registration.protect(client=client, by=BY, reason="Ask Treasury.", now=timezone.now())
    assert "Save rule" not in words(page_of(browser, client))
    for path in ("set", "remove", "enforce"):
        assert post(browser, client, path, **SENT).status_code == 403
    assert rules_of(client) == RULES
