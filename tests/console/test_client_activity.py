"""The activity of one client (R10): every change in words, paged by the trail's index; and taking one back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients import registration
from clients.changes.activity import PER_PAGE
from clients.facts import facts_of
from clients.linter import dismissals
from clients.models import Client
from tests.clients.people import BY, client_named, person
from tests.console.forms import sent
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


@pytest.fixture
def client() -> Client:
    return client_named("Billing sync", owner="mara")


def change(client: Client, **changes: Any) -> Event:
    fresh = Client.objects.get(pk=client.pk)
    registration.edit(client=fresh, facts=replace(facts_of(fresh), **changes), by=BY, now=timezone.now())
    return Event.objects.latest("pk")


def told(browser: Browser, client: Client, query: str = "") -> list[str]:
    """The entries of the page, newest first."""
    page = Page(browser.get(f"/clients/{client.pk}/activity/{query}").content.decode())
    return [item.text for item in page.all("li") if (item.get("id") or "").startswith("event-")]


def revert_url(client: Client, event: Event) -> str:
    return reverse("client_revert", args=[client.pk, event.pk])


def now(client: Client) -> Any:
    return facts_of(Client.objects.select_related("owner").get(pk=client.pk))


# ── Telling ──


def test_r10_every_change_is_told_in_words_with_who_from_where_and_why(browser: Browser, client: Client) -> None:
    change(client, access_token_lifetime="never", grants=("client_credentials", "personal_access_token"))
    fresh = Client.objects.get(pk=client.pk)
    dismissals.dismiss(client=fresh, rule="never-expiring-tokens", reason="Agreed.", by=BY, now=timezone.now())
    registration.protect(client=fresh, by=BY, reason="Ask Treasury.", now=timezone.now())
    registered, changed, dismissed, protected = reversed(told(browser, client))
    assert "mara" in changed
    assert "from 192.0.2.1" in changed
    assert "Access token lives the global setting never expires" in changed
    assert "Personal access tokens" in changed
    assert "Client credentials" not in changed
    assert "Its access tokens expire" not in dismissed
    assert "never-expiring-tokens" in dismissed
    assert "Agreed." in dismissed
    assert "Ask Treasury." in protected
    assert registered.startswith("Registered")


def test_only_the_changes_of_this_client_are_told(browser: Browser, client: Client) -> None:
    change(client_named("Other"), description="not here")
    assert len(told(browser, client)) == 1


@pytest.mark.parametrize(
    ("query", "titles"),
    [("?kind=facts", ["Changed", "Registered"]), ("?kind=state", ["Deactivated"]), ("?kind=linter", []),
     ("?kind=facts&kind=state", ["Deactivated", "Changed", "Registered"]), ("?kind=nonsense", [
         "Deactivated", "Changed", "Registered"]), ("?before=nonsense", ["Deactivated", "Changed", "Registered"])],
)  # fmt: skip
def test_the_page_narrows_by_kind(query: str, titles: list[str], browser: Browser, client: Client) -> None:
    change(client, description="new")
    registration.set_active(client=Client.objects.get(pk=client.pk), active=False, by=BY, now=timezone.now())
    assert [entry.split()[0] for entry in told(browser, client, query)] == titles


def test_r60_a_developer_sees_what_happened_to_the_own_client_without_the_audit_page(
    sign_in: SignIn, client: Client
) -> None:
    change(client, owner=person("dee", "Developer").username)
    browser = sign_in(person("dee"))
    assert len(told(browser, client)) == 2
    assert browser.get("/audit/").status_code == 403


def fill(client: Client, count: int, *, kind: str = "client.changed") -> None:
    at = timezone.now()
    Event.objects.bulk_create(
        Event(at=at + timedelta(seconds=number), kind=kind, subject_kind="client", subject_id=client.pk,
              actor_name="mara", changes={"description": [str(number), str(number + 1)]})
        for number in range(count)
    )  # fmt: skip


def test_a_long_history_is_paged_without_repeating_or_losing_an_entry(browser: Browser, client: Client) -> None:
    fill(client, 2 * PER_PAGE + 10)
    query, seen = "", []
    while True:
        page = Page(browser.get(f"/clients/{client.pk}/activity/{query}").content.decode())
        seen += [item["id"] for item in page.all("li") if (item.get("id") or "").startswith("event-")]
        older = page.all("a", rel="next")
        if not older:
            break
        query = older[0]["href"]
    assert len(seen) == len(set(seen)) == 2 * PER_PAGE + 11


def test_a_page_costs_the_same_however_long_the_history_is(browser: Browser, client: Client) -> None:
    told(browser, client)
    with CaptureQueriesContext(connection) as short:
        told(browser, client)
    fill(client, 3 * PER_PAGE)
    with CaptureQueriesContext(connection) as long:
        told(browser, client)
    assert len(short) == len(long)


def test_a_client_that_revokes_all_day_does_not_bury_its_own_changes(client: Client) -> None:
    """What is no change is not walked through: the index knows the kind."""
    from clients.changes.history import events_of

    fill(client, 500, kind="token.revoked")
    plan = events_of(client)[:PER_PAGE].explain()
    assert "audit_event_client" in plan or connection.vendor == "postgresql"


def test_an_empty_history_says_so(browser: Browser) -> None:
    client = Client.objects.get(client_id="push")
    assert "No Data Available" in browser.get(f"/clients/{client.pk}/activity/").content.decode()


# ── Taking a change back ──


def test_r10_one_change_is_taken_back_as_a_new_one_that_names_it(browser: Browser, client: Client) -> None:
    event = change(client, description="oops", refresh_limit=4)
    later = change(client, display_name="Kept")
    assert later.pk > event.pk
    page = browser.get(revert_url(client, event))
    assert page.status_code == 200
    assert "oops" in page.content.decode()
    response = browser.post(revert_url(client, event), sent(page.content.decode()))
    assert response["Location"] == f"/clients/{client.pk}/activity/"
    facts = now(client)
    assert (facts.description, facts.refresh_limit, facts.display_name) == ("", 0, "Kept")
    newest = Event.objects.latest("pk")
    assert newest.detail["reverts"] == event.pk
    assert newest.changes == {"description": ["oops", ""], "refreshLimit": [4, 0]}
    assert newest.actor_name == "ada"


def test_a_field_that_was_changed_again_is_left_alone_unless_somebody_chooses(browser: Browser, client: Client) -> None:
    event = change(client, description="first", refresh_limit=4)
    change(client, description="second")
    text = browser.get(revert_url(client, event)).content.decode()
    assert "changed again since" in text
    browser.post(revert_url(client, event), sent(text))
    assert (now(client).description, now(client).refresh_limit) == ("second", 0)
    browser.post(revert_url(client, event), {**sent(text), "revision": "", "keep-description": "before"})
    assert now(client).description == ""


def test_of_a_list_only_the_lines_of_the_change_are_taken_back(browser: Browser) -> None:
    client = client_named("Web", grants=("authorization_code",), redirect_uris=("https://a.example/",))
    event = change(client, redirect_uris=("https://a.example/", "https://wrong.example/"))
    change(client, redirect_uris=("https://a.example/", "https://wrong.example/", "https://b.example/"))
    text = browser.get(revert_url(client, event)).content.decode()
    browser.post(revert_url(client, event), {**sent(text), "keep-redirectUris": "only"})
    assert now(client).redirect_uris == ("https://a.example/", "https://b.example/")


def test_what_is_as_it_was_already_has_nothing_to_revert(browser: Browser, client: Client) -> None:
    event = change(client, description="x")
    change(client, description="")
    text = browser.get(revert_url(client, event)).content.decode()
    assert "nothing left to revert" in text.lower()
    before = Client.objects.get(pk=client.pk).revision
    browser.post(revert_url(client, event), sent(text))
    assert Client.objects.get(pk=client.pk).revision == before


def test_r46_a_deactivation_can_be_taken_back(browser: Browser, client: Client) -> None:
    registration.set_active(client=Client.objects.get(pk=client.pk), active=False, by=BY, now=timezone.now())
    event = Event.objects.latest("pk")
    text = browser.get(revert_url(client, event)).content.decode()
    assert browser.post(revert_url(client, event), sent(text)).status_code == 302
    assert Client.objects.get(pk=client.pk).is_active
    assert Event.objects.latest("pk").detail["reverts"] == event.pk


def test_r11_taking_back_that_a_client_became_public_makes_a_new_secret_and_shows_it_once(browser: Browser) -> None:
    client = client_named("Web", grants=("authorization_code",), redirect_uris=("https://a.example/",))
    event = change(client, type="public")
    text = browser.get(revert_url(client, event)).content.decode()
    response = browser.post(revert_url(client, event), sent(text))
    assert response["Location"] == f"/clients/{client.pk}/credentials/"
    assert "asc_" in browser.get(response["Location"]).content.decode()


def test_r20_a_reverted_legacy_grant_is_refused_in_words_while_they_are_off(browser: Browser) -> None:
    from accounts import server_settings
    from accounts.models import ServerSettings

    server_settings.current()
    ServerSettings.objects.update(legacy_grants=True)
    client = client_named("Old", grants=("client_credentials", "password"))
    event = change(client, grants=("client_credentials",))
    ServerSettings.objects.update(legacy_grants=False)
    text = browser.get(revert_url(client, event)).content.decode()
    response = browser.post(revert_url(client, event), sent(text))
    assert "Legacy, off for this server" in response.content.decode()
    assert now(client).grants == ("client_credentials",)


def test_r3_a_reverted_name_that_is_taken_meanwhile_is_refused_in_words(browser: Browser, client: Client) -> None:
    event = change(client, name="New name")
    client_named("Billing sync")
    text = browser.get(revert_url(client, event)).content.decode()
    assert "A client of this name" in browser.post(revert_url(client, event), sent(text)).content.decode()


def test_r43_a_protected_client_refuses_and_offers_no_revert(browser: Browser, client: Client) -> None:
    event = change(client, description="x")
    registration.protect(client=Client.objects.get(pk=client.pk), by=BY, reason="Ask.", now=timezone.now())
    assert browser.get(revert_url(client, event)).status_code == 403
    assert browser.post(revert_url(client, event), {}).status_code == 403
    assert "/revert/" not in browser.get(f"/clients/{client.pk}/activity/").content.decode()


def test_r59_whoever_may_not_edit_is_offered_no_revert(sign_in: SignIn, auditor: User, client: Client) -> None:
    change(client, description="x")
    assert "/revert/" not in sign_in(auditor).get(f"/clients/{client.pk}/activity/").content.decode()


def test_r59_an_owner_by_role_takes_back_all_but_the_owner(sign_in: SignIn, client: Client) -> None:
    event = change(client, owner=person("dee", "Developer").username, description="x")
    browser = sign_in(person("dee"))
    text = browser.get(revert_url(client, event)).content.decode()
    assert "clients.edit" in text
    browser.post(revert_url(client, event), {**sent(text), "keep-owner": "before"})
    assert (now(client).owner, now(client).description) == ("dee", "")


def test_a_change_made_while_one_looked_is_shown_first(browser: Browser, client: Client) -> None:
    event = change(client, description="x")
    text = browser.get(revert_url(client, event)).content.decode()
    change(client, description="y")
    response = browser.post(revert_url(client, event), sent(text))
    assert response.status_code == 409
    assert now(client).description == "y"


@pytest.mark.parametrize("number", [0, 10**18])
def test_what_is_no_change_of_this_client_cannot_be_reverted(number: int, browser: Browser, client: Client) -> None:
    theirs = change(client_named("Other"), description="x")
    registered = Event.objects.filter(kind="client.registered", subject_id=client.pk).get()
    for event in (number, theirs.pk, registered.pk):
        assert browser.get(reverse("client_revert", args=[client.pk, event])).status_code == 404


# ── Texts ──

EXTREMES = ["n" * 255, "حساب الفواتير", "請求同期", "👩‍💻 bot", "zero\u200bwidth", "ﬁnance Straße"]


@pytest.mark.parametrize("name", EXTREMES, ids=range(len(EXTREMES)))
def test_r1_names_of_every_script_and_length_stand_on_each_page_of_the_client(name: str, browser: Browser) -> None:
    client = client_named(name)
    event = change(client, description="x", display_name=f"{name[:200]} shown")
    for page in ("client_overview", "client_activity", "client_edit"):
        response = browser.get(reverse(page, args=[client.pk]))
        assert response.status_code == 200
        assert name in response.content.decode()
    assert f"{name[:200]} shown" in browser.get(revert_url(client, event)).content.decode()


def test_script_in_every_text_of_a_change_is_inert(browser: Browser, client: Client) -> None:
    script = "<script>alert(1)</script>"
    fresh = Client.objects.get(pk=client.pk)
    facts = replace(facts_of(fresh), description=script, display_name=script)
    registration.edit(client=fresh, facts=facts, by=BY, now=timezone.now(), reason=script)
    event = Event.objects.latest("pk")
    for address in (f"/clients/{client.pk}/", f"/clients/{client.pk}/activity/", revert_url(client, event)):
        text = browser.get(address).content.decode()
        assert script not in text
        assert "&lt;script&gt;" in text
