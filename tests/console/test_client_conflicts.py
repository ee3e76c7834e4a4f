"""Two people edit one client at once: the later one sees each field three times, chooses, and loses nothing."""

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
from clients.changes import revisions
from clients.facts import facts_of
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
    return client_named(
        "Billing sync", grants=("authorization_code",), redirect_uris=("https://a.example/", "https://b.example/")
    )


def form(browser: Browser, client: Client) -> dict[str, list[str]]:
    """The edit form, opened now."""
    return sent(browser.get(f"/clients/{client.pk}/edit/").content.decode())


def they_change(client: Client, **changes: Any) -> None:
    fresh = Client.objects.get(pk=client.pk)
    registration.edit(client=fresh, facts=replace(facts_of(fresh), **changes), by=BY, now=timezone.now())


def save(browser: Browser, client: Client, mine: dict[str, list[str]], **fields: Any) -> Any:
    return browser.post(f"/clients/{client.pk}/edit/", {**mine, **fields})


def choose(browser: Browser, client: Client, conflict: Any, **choices: str) -> Any:
    """Press "Save what is chosen" on the page, with other choices than it suggests."""
    page = sent(conflict.content.decode())
    return browser.post(
        f"/clients/{client.pk}/edit/merge/", {**page, **{f"keep-{key}": value for key, value in choices.items()}}
    )


def checked(conflict: Any) -> dict[str, str]:
    """What the page suggests, by field."""
    radios = Page(conflict.content.decode()).all("input", type="radio")
    return {
        radio["name"]: radio["value"]
        for radio in radios
        if radio.get("checked") is not None and radio["name"] != "theme"
    }


def test_each_field_is_shown_as_it_was_as_theirs_and_as_yours_and_nothing_is_saved(
    browser: Browser, client: Client
) -> None:
    mine = form(browser, client)
    they_change(client, description="theirs", refresh_limit=5)
    response = save(browser, client, mine, description="mine", display_name="Mine")
    assert response.status_code == 409
    text = response.content.decode()
    assert "Theirs: mara" in text
    assert checked(response) == {"keep-refreshLimit": "theirs", "keep-displayName": "yours"}
    assert Client.objects.get(pk=client.pk).description == "theirs"


def test_what_is_chosen_is_saved_as_one_change_on_the_newest_revision(browser: Browser, client: Client) -> None:
    mine = form(browser, client)
    they_change(client, description="theirs", refresh_limit=5)
    conflict = save(browser, client, mine, description="mine", display_name="Mine")
    assert choose(browser, client, conflict, description="yours")["Location"] == f"/clients/{client.pk}/"
    facts = facts_of(Client.objects.get(pk=client.pk))
    assert (facts.description, facts.refresh_limit, facts.display_name) == ("mine", 5, "Mine")
    newest = Event.objects.filter(kind="client.changed").latest("pk")
    assert newest.changes == {"description": ["theirs", "mine"], "displayName": ["", "Mine"]}
    assert newest.actor_name == "ada"


def test_what_both_changed_must_be_decided(browser: Browser, client: Client) -> None:
    mine = form(browser, client)
    they_change(client, description="theirs")
    conflict = save(browser, client, mine, description="mine", display_name="Mine")
    again = choose(browser, client, conflict)
    assert again.status_code == 409
    assert "Description: choose one" in again.content.decode()
    assert choose(browser, client, again, description="theirs").status_code == 302
    facts = facts_of(Client.objects.get(pk=client.pk))
    assert (facts.description, facts.display_name) == ("theirs", "Mine")


def test_lines_that_each_added_can_both_be_kept(browser: Browser, client: Client) -> None:
    mine = form(browser, client)
    they_change(client, redirect_uris=("https://a.example/", "https://b.example/", "https://theirs.example/"))
    conflict = save(browser, client, mine, redirect_uris="https://a.example/\r\nhttps://mine.example/")
    assert choose(browser, client, conflict, redirectUris="both").status_code == 302
    assert facts_of(Client.objects.get(pk=client.pk)).redirect_uris == (
        "https://a.example/", "https://theirs.example/", "https://mine.example/",
    )  # fmt: skip


def test_what_happened_meanwhile_without_touching_a_field_needs_no_choice(browser: Browser, client: Client) -> None:
    mine = form(browser, client)
    registration.set_active(client=Client.objects.get(pk=client.pk), active=False, by=BY, now=timezone.now())
    conflict = save(browser, client, mine, description="mine")
    assert "Deactivated" in conflict.content.decode()
    assert choose(browser, client, conflict).status_code == 302
    stored = Client.objects.get(pk=client.pk)
    assert (stored.description, stored.is_active) == ("mine", False)


def test_a_third_change_while_choosing_is_shown_again_and_overwrites_nobody(browser: Browser, client: Client) -> None:
    mine = form(browser, client)
    they_change(client, description="theirs")
    conflict = save(browser, client, mine, description="mine")
    they_change(client, description="thirds")
    again = choose(browser, client, conflict, description="yours")
    assert again.status_code == 409
    assert "once more" in again.content.decode()
    assert "thirds" in again.content.decode()
    assert Client.objects.get(pk=client.pk).description == "thirds"
    assert choose(browser, client, again, description="yours").status_code == 302
    assert Client.objects.get(pk=client.pk).description == "mine"


def test_what_does_not_go_together_comes_back_in_the_form_with_its_faults(browser: Browser, client: Client) -> None:
    """They took the grant and its redirects away; the grant is kept all the same, without redirects."""
    mine = form(browser, client)
    they_change(client, grants=("client_credentials",), redirect_uris=())
    conflict = save(browser, client, mine, description="mine")
    answer = choose(browser, client, conflict, grants="yours", redirectUris="theirs")
    assert answer.status_code == 200
    page = Page(answer.content.decode())
    assert page.one("input", name="revision")["value"] == str(Client.objects.get(pk=client.pk).revision)
    assert [link["href"] for link in page.all("a") if (link.get("href") or "").startswith("#id_")] == [
        "#id_redirect_uris"
    ]


def test_without_the_events_between_every_difference_is_to_be_decided(browser: Browser, client: Client) -> None:
    mine = form(browser, client)
    they_change(client, refresh_limit=5)
    Event.objects.filter(kind="client.changed").delete()
    conflict = save(browser, client, mine, description="mine")
    assert checked(conflict) == {}
    assert choose(browser, client, conflict, description="yours").status_code == 409
    assert choose(browser, client, conflict, description="yours", refreshLimit="theirs").status_code == 302
    facts = facts_of(Client.objects.get(pk=client.pk))
    assert (facts.description, facts.refresh_limit) == ("mine", 5)


def test_a_form_without_its_revision_still_saves_what_nobody_raced(browser: Browser, client: Client) -> None:
    mine = {name: values for name, values in form(browser, client).items() if name != "revision"}
    assert save(browser, client, mine, description="mine").status_code == 302


def test_a_client_deleted_meanwhile_is_gone(browser: Browser, client: Client) -> None:
    mine = form(browser, client)
    they_change(client, description="theirs")
    conflict = save(browser, client, mine, description="mine")
    registration.delete(client=Client.objects.get(pk=client.pk), by=BY, now=timezone.now())
    assert choose(browser, client, conflict, description="yours").status_code == 404


def test_r43_protected_meanwhile_nothing_can_be_saved(browser: Browser, client: Client) -> None:
    mine = form(browser, client)
    they_change(client, description="theirs")
    conflict = save(browser, client, mine, description="mine")
    registration.protect(client=Client.objects.get(pk=client.pk), by=BY, reason="Ask.", now=timezone.now())
    assert choose(browser, client, conflict, description="yours").status_code == 403
    assert Client.objects.get(pk=client.pk).description == "theirs"


def test_script_in_what_both_typed_is_inert(browser: Browser, client: Client) -> None:
    mine = form(browser, client)
    they_change(client, description="<script>theirs</script>")
    text = save(browser, client, mine, description="<script>mine</script>").content.decode()
    assert "<script>theirs" not in text
    assert "<script>mine" not in text
    assert text.count("&lt;script&gt;") >= 3


def test_the_facts_of_an_earlier_revision_are_rebuilt_from_the_trail() -> None:
    client = client_named("Traced")
    person("tomas")
    seen = [facts_of(client)]
    for changes in ({"description": "one"}, {"owner": "tomas", "refresh_limit": "unlimited"}, {"grants": (
        "client_credentials", "urn:ietf:params:oauth:grant-type:device_code")}):  # fmt: skip
        they_change(client, **changes)
        client = Client.objects.select_related("owner").get(pk=client.pk)
        seen.append(facts_of(client))
    assert [revisions.since(client, revision).facts for revision in range(1, 5)] == seen


def test_a_plain_visit_of_the_merging_address_begins_the_edit_anew(browser: Browser, client: Client) -> None:
    assert browser.get(f"/clients/{client.pk}/edit/merge/")["Location"] == f"/clients/{client.pk}/edit/"
