"""What the page offers about a finding: a fix with its preview, a dismissal with its reason, the way to the field."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients import registration
from clients.linter.reading import report_on
from clients.models import Client, FindingDismissal
from tests.clients.people import BY, client_named, person
from tests.console.forms import sent
from tests.console.html import Page
from tests.ground.people import SignIn

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


@pytest.fixture
def client() -> Client:
    """Its tokens never expire (a press mends that), and it has no description (a person has to)."""
    return client_named("Batch", access_token_lifetime="never", owner="tomas")


def url(page: str, client: Client, rule: str) -> str:
    return reverse(page, args=[client.pk, rule])


def overview(browser: Browser, client: Client) -> str:
    return browser.get(f"/clients/{client.pk}/").content.decode()


def rules(client: Client) -> set[str]:
    fresh = Client.objects.select_related("owner").get(pk=client.pk)
    return {finding.rule for finding in report_on(fresh, now=timezone.now()).findings}


def links(html: str) -> list[str]:
    return [link["href"] for link in Page(html).all("a") if link.get("href")]


# ── Fixing ──


def test_a_fix_is_shown_before_it_is_made_and_its_event_names_the_rule(browser: Browser, client: Client) -> None:
    address = url("client_fix", client, "never-expiring-tokens")
    assert address in links(overview(browser, client))
    page = browser.get(address).content.decode()
    assert "never expires" in page
    assert "the global setting" in page
    assert "RFC 6750 §5.3" in page
    assert browser.post(address, sent(page))["Location"] == f"/clients/{client.pk}/"
    assert "never-expiring-tokens" not in rules(client)
    event = Event.objects.latest("pk")
    assert (event.kind, event.detail["fixes"], event.actor_name) == ("client.changed", "never-expiring-tokens", "ada")


def test_a_fix_of_what_changed_meanwhile_is_shown_anew(browser: Browser, client: Client) -> None:
    address = url("client_fix", client, "never-expiring-tokens")
    page = browser.get(address).content.decode()
    registration.set_active(client=Client.objects.get(pk=client.pk), active=False, by=BY, now=timezone.now())
    assert browser.post(address, sent(page)).status_code == 409
    assert Client.objects.get(pk=client.pk).access_tokens_never_expire


@pytest.mark.parametrize("rule", ["no-description", "implicit-grant", "no-such-rule"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_no_press_can_mend_leads_back(rule: str, method: str, browser: Browser, client: Client) -> None:
    before = Client.objects.values().get(pk=client.pk)
    assert getattr(browser, method)(url("client_fix", client, rule))["Location"] == f"/clients/{client.pk}/"
    assert Client.objects.values().get(pk=client.pk) == before


def test_r43_a_protected_client_is_not_fixed_and_offers_no_fix(browser: Browser, client: Client) -> None:
    registration.protect(client=client, by=BY, reason="Ask.", now=timezone.now())
    assert url("client_fix", client, "never-expiring-tokens") not in links(overview(browser, client))
    assert browser.post(url("client_fix", client, "never-expiring-tokens")).status_code == 403
    assert Client.objects.get(pk=client.pk).access_tokens_never_expire


def test_what_a_person_must_mend_leads_to_the_field(browser: Browser, client: Client) -> None:
    target = f"/clients/{client.pk}/edit/#id_description"
    assert target in links(overview(browser, client))
    assert 'id="id_description"' in browser.get(target).content.decode()


# ── Setting aside ──


def test_a_finding_is_dismissed_with_a_reason_and_restored(browser: Browser, client: Client) -> None:
    address = url("client_dismiss", client, "no-description")
    page = browser.get(address).content.decode()
    response = browser.post(address, {**sent(page), "reason": f"Internal. {SCRIPT}"})
    assert response["Location"] == f"/clients/{client.pk}/"
    text = overview(browser, client)
    assert "Dismissed by ada" in text
    assert SCRIPT not in text
    assert "no-description" not in rules(client)
    activity = browser.get(f"/clients/{client.pk}/activity/").content.decode()
    assert "no-description" in activity
    assert "Internal." in activity
    assert SCRIPT not in activity
    restored = browser.post(url("client_restore_finding", client, "no-description"))
    assert restored["Location"] == f"/clients/{client.pk}/"
    assert "no-description" in rules(client)


@pytest.mark.parametrize(
    ("reason", "message"), [(" ", "a reason is required"), ("x" * 501, "at most 500"), ("a\x07b", "U+0007")]
)
def test_a_reason_that_is_none_is_refused_where_it_was_typed(
    reason: str, message: str, browser: Browser, client: Client
) -> None:
    response = browser.post(url("client_dismiss", client, "no-description"), {"reason": reason})
    assert message in response.content.decode()
    assert 'aria-invalid="true"' in response.content.decode()
    assert not FindingDismissal.objects.exists()


def test_a_protected_client_allows_it_since_no_fact_changes(browser: Browser, client: Client) -> None:
    registration.protect(client=client, by=BY, reason="Ask.", now=timezone.now())
    address = url("client_dismiss", client, "no-description")
    assert address in links(overview(browser, client))
    assert browser.post(address, {"reason": "Fine."}).status_code == 302
    assert FindingDismissal.objects.count() == 1


def test_what_is_not_found_cannot_be_dismissed_or_restored(browser: Browser, client: Client) -> None:
    assert browser.post(url("client_dismiss", client, "implicit-grant"), {"reason": "x"}).status_code == 302
    assert browser.post(url("client_restore_finding", client, "implicit-grant")).status_code == 302
    assert not FindingDismissal.objects.exists()


def test_r61_the_servers_own_clients_are_not_linted_and_offer_nothing(browser: Browser) -> None:
    client = Client.objects.get(client_id="admin")
    assert browser.get(url("client_dismiss", client, "no-description")).status_code == 302
    assert browser.post(url("client_fix", client, "no-description")).status_code == 403


# ── Who ──


@pytest.mark.parametrize(("role", "answer"), [("Client manager", 302), ("Auditor", 403), ("Developer", 404)])
def test_r59_mending_and_dismissing_take_the_right_to_edit(
    role: str, answer: int, sign_in: SignIn, client: Client
) -> None:
    browser = sign_in(person("viewer", role))
    posts: dict[str, dict[str, Any]] = {
        "client_dismiss": {"reason": "Fine."},
        "client_restore_finding": {},
        "client_fix": {},
    }
    for page, data in posts.items():
        assert browser.post(url(page, client, "never-expiring-tokens"), data).status_code == answer
    if role == "Auditor":
        assert not [link for link in links(overview(browser, client)) if "/findings/" in link]
