"""Copying a client (R45): the same configuration, unsaved, owned by the copier; never its id, secret, protection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.holdings import EVERYTHING
from accounts.models import User
from audit.models import Event
from clients import registration
from clients.documents import copying
from clients.facts import facts_of
from clients.models import Client
from clients.rules import api_permissions
from tests.clients.people import BY, client_named, person, registered
from tests.console.html import Page
from tests.console.test_client_changes import form_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
RICH: dict[str, Any] = {
    "name": "Billing sync", "version": "2", "display_name": "Billing", "description": "Two\nlines", "owner": "tomas",
    "grants": ("authorization_code", "client_credentials"), "redirect_uris": ("https://a.example/",),
    "allowed_scope": "a b*", "access_token_lifetime": 900, "refresh_limit": 7, "refresh_grace": 10,
    "pkce_required": False, "token_endpoint_auth_method": "client_secret_post",
}  # fmt: skip


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def copy(browser: Browser, client: Client, **fields: Any) -> Any:
    url = f"/clients/{client.pk}/copy/"
    sent = form_of(Page(browser.get(url).content.decode()))
    sent["description"] = client.description  # the reader of pages makes spaces single
    return browser.post(url, {"owner": "ada", **sent, **fields})


def newest() -> Client:
    client: Client = Client.objects.select_related("owner", "service_account").latest("pk")
    return client


def test_r45_opening_a_copy_saves_nothing_and_shows_the_facts_under_a_free_name(browser: Browser) -> None:
    client = registered(client_id="billing", **RICH).client
    clients = Client.objects.count()
    page = Page(browser.get(f"/clients/{client.pk}/copy/").content.decode())
    assert page.one("input", name="name")["value"] == "Billing sync copy"
    assert page.one("input", name="client_id").get("value") in (None, "")
    assert page.one("input", name="client_secret").get("value") in (None, "")
    assert not page.all("input", name="preset")
    assert (Client.objects.count(), Event.objects.filter(kind="client.registered").count()) == (clients, 1)


def test_r45_a_saved_copy_is_the_same_but_for_name_owner_id_and_secret(browser: Browser) -> None:
    source = registered(client_id="billing", **RICH)
    response = copy(browser, source.client)
    new = newest()
    assert response["Location"] == f"/clients/{new.pk}/credentials/"
    secret = Page(browser.get(response["Location"]).content.decode()).by_id("client-secret").text
    assert secret.startswith("asc_")
    assert secret != source.secret
    before, after = facts_of(source.client), facts_of(new)
    differing = {name for name in before.__dataclass_fields__ if getattr(before, name) != getattr(after, name)}
    assert differing == {"name", "owner"}
    assert (after.name, after.owner) == ("Billing sync copy", "ada")
    assert new.client_id != "billing"
    event = Event.objects.filter(kind="client.registered").latest("pk")
    assert event.detail["copiedFrom"] == f"#{source.client.pk} billing"


def test_r45_the_suffix_counts_on_and_a_long_name_makes_room_for_it() -> None:
    client_named("Billing sync")
    client_named("Billing sync copy")
    client_named("billing SYNC Copy 2")
    assert copying.free_name("Billing sync", "") == "Billing sync copy 3"
    assert copying.free_name("Billing sync", "2") == "Billing sync copy"
    long = copying.free_name("x" * 255, "")
    assert (len(long), long.endswith("x copy")) == (255, True)


@pytest.mark.parametrize("number_of", ["protected", "system"])
def test_r45_protected_and_system_clients_can_be_copied_and_the_copy_is_neither(
    number_of: str, browser: Browser
) -> None:
    source = Client.objects.get(client_id="admin")
    if number_of == "protected":
        source = client_named("Settlement", owner="ada")
        registration.protect(client=source, by=BY, reason="Ask.", now=timezone.now())
    assert copy(browser, source).status_code == 302
    new = newest()
    assert (new.is_protected, new.is_system, new.owner) == (False, False, person("ada"))


def test_r45_a_copy_keeps_what_was_typed_when_it_is_refused(browser: Browser) -> None:
    client = registered(client_id="billing", **RICH).client
    page = Page(copy(browser, client, name="a&b", client_id="billing").content.decode())
    assert page.one("input", name="name")["value"] == "a&b"
    assert page.one("input", name="name")["aria-invalid"] == "true"


def test_r45_and_r9_api_permissions_come_along_as_far_as_the_copier_holds_them(
    browser: Browser, sign_in: SignIn, developer: User
) -> None:
    for owner in ("ada", "dev"):
        client = client_named(f"Service of {owner}", owner=owner)
        api_permissions.give(
            client=client, permissions=["audit.view", "clients.own"], by=BY, giver=EVERYTHING, now=timezone.now()
        )
        viewer = browser if owner == "ada" else sign_in(developer)
        assert "audit.view" in viewer.get(f"/clients/{client.pk}/copy/").content.decode()
        assert copy(viewer, client, owner=owner, allowed_scope="openid").status_code == 302
        account = newest().service_account
        assert account is not None
        assert account.permissions == (["audit.view", "clients.own"] if owner == "ada" else ["clients.own"])


def test_r59_copying_needs_the_permission_to_register_and_sight_of_the_source(
    sign_in: SignIn, auditor: User, developer: User
) -> None:
    client = client_named("Foreign", owner="tomas")
    assert sign_in(developer).post(f"/clients/{client.pk}/copy/", {"name": "Mine"}).status_code == 404
    refused = sign_in(auditor).post(f"/clients/{client.pk}/copy/", {"name": "Mine"})
    assert refused.status_code == 403
    assert "clients.create" in refused.content.decode()
    assert not Client.objects.filter(name="Mine").exists()


def test_r45_a_copy_that_a_developer_makes_is_their_own_whatever_they_send(sign_in: SignIn, developer: User) -> None:
    person("tomas")
    own = client_named("Own", owner="dev")
    assert copy(sign_in(developer), own, owner="tomas", allowed_scope="openid").status_code == 302
    assert newest().owner == developer


def test_script_in_the_source_is_shown_inert(browser: Browser) -> None:
    client = client_named("Any", owner="ada", display_name="<script>alert(1)</script>", description="<script>alert(2)")
    assert "<script>alert" not in browser.get(f"/clients/{client.pk}/copy/").content.decode()
