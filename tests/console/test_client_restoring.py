"""Deleting, the list of what was deleted, and restoring, in the browser (R47)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from clients import registration
from clients.life.lifecycle import RESTORABLE_FOR
from clients.models import Client
from tests.clients.people import BY, client_named, registered
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def deleted(name: str = "Billing sync", *, days_ago: float = 0, **changes: Any) -> Client:
    client = client_named(name, **changes)
    registration.delete(client=client, by=BY, now=timezone.now() - timedelta(days=days_ago))
    return client


def text_of(browser: Browser, url: str) -> str:
    return " ".join(main.text for main in Page(browser.get(url).content.decode()).all("main"))


def test_r47_after_deleting_the_message_leads_to_restoring(browser: Browser) -> None:
    client = registered(name="Billing sync", owner="ada").client
    browser.post(f"/clients/{client.pk}/delete/", {"revision": client.revision})
    page = Page(browser.get("/clients/").content.decode())
    assert page.one("a", href=f"/clients/deleted/{client.pk}/restore/").text == "Restore it…"


def test_r47_deleting_says_how_long_it_can_be_restored(browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    assert "For 30 days it can be restored, without its tokens." in text_of(browser, f"/clients/{client.pk}/delete/")


def test_r47_the_list_shows_who_deleted_what_and_when_it_is_purged(browser: Browser) -> None:
    assert "No Data Available" in text_of(browser, "/clients/deleted/")
    client = deleted(days_ago=10)
    page = Page(browser.get("/clients/deleted/").content.decode())
    (row,) = page.all("tr")[1:]
    for words in (f"{client.pk}", "Billing sync", client.client_id, "mara", "Restore…"):
        assert words in row.text
    assert len(page.all("time")) == 2
    assert "Billing sync" not in text_of(browser, "/clients/")


@pytest.mark.parametrize("sort", ["name", "-name", "by", "client_id", "owner", "deleted", "-number", "purged", "x"])
def test_the_list_of_deleted_clients_can_be_sorted(sort: str, browser: Browser) -> None:
    for number in range(3):
        deleted(f"Client {number}", days_ago=number)
    assert len(Page(browser.get(f"/clients/deleted/?sort={sort}").content.decode()).all("tr")) == 4


def test_r47_restoring_names_what_comes_back_and_leads_to_the_client(browser: Browser) -> None:
    client = deleted(owner="ada")
    url = f"/clients/deleted/{client.pk}/restore/"
    text = text_of(browser, url)
    for words in ("earlier tokens stay dead", "1 secret works again", f"Its service account {client.client_id}"):
        assert words in text
    page = Page(browser.get(url).content.decode())
    sent = {name: page.one("input", name=name)["value"] for name in ("name", "owner", "revision")}
    response = browser.post(url, {**sent, "version": ""})
    assert response["Location"] == f"/clients/{client.pk}/"
    assert "is restored" in text_of(browser, f"/clients/{client.pk}/")
    assert Client.objects.get(pk=client.pk).deleted_at is None


def test_r3_a_taken_name_comes_back_at_its_field_and_another_one_is_accepted(browser: Browser) -> None:
    client = deleted(owner="ada")
    client_named("Billing sync", owner="ada")
    url = f"/clients/deleted/{client.pk}/restore/"
    page = Page(browser.post(url, {"name": "Billing sync", "version": "", "owner": "ada"}).content.decode())
    assert page.one("input", name="name")["aria-invalid"] == "true"
    assert Client.objects.get(pk=client.pk).deleted_at is not None
    browser.post(url, {"name": "Billing sync", "version": "2", "owner": "ada"})
    assert Client.objects.get(pk=client.pk).version == "2"


def test_r7_where_the_owner_has_left_the_viewer_is_offered(browser: Browser) -> None:
    client = deleted(owner="tomas")
    User.objects.filter(username="tomas").update(is_active=False)
    url = f"/clients/deleted/{client.pk}/restore/"
    assert Page(browser.get(url).content.decode()).one("input", name="owner")["value"] == "ada"
    page = Page(browser.post(url, {"name": "Billing sync", "version": "", "owner": "tomas"}).content.decode())
    assert page.one("input", name="owner")["aria-invalid"] == "true"


def test_r47_after_its_time_the_page_says_so_and_the_server_refuses(browser: Browser) -> None:
    client = deleted(owner="ada", days_ago=RESTORABLE_FOR.days + 1)
    url = f"/clients/deleted/{client.pk}/restore/"
    assert "cannot be restored any more" in text_of(browser, url)
    assert browser.post(url, {"name": "Billing sync", "version": "", "owner": "ada"}).status_code == 200
    assert Client.objects.get(pk=client.pk).deleted_at is not None


def test_a_late_press_is_told_that_somebody_was_faster(browser: Browser) -> None:
    client = deleted(owner="ada")
    url = f"/clients/deleted/{client.pk}/restore/"
    stale = {"name": "Billing sync", "version": "", "owner": "ada", "revision": str(client.revision - 1)}
    assert browser.post(url, stale)["Location"] == url
    assert Client.objects.get(pk=client.pk).deleted_at is not None


def test_r59_owners_restore_their_own_and_see_no_foreign_ones(sign_in: SignIn, developer: User, auditor: User) -> None:
    own, foreign = deleted("Own", owner="dev"), deleted("Foreign", owner="tomas")
    browser = sign_in(developer)
    assert "Foreign" not in text_of(browser, "/clients/deleted/")
    assert browser.get(f"/clients/deleted/{foreign.pk}/restore/").status_code == 404
    assert Page(browser.get(f"/clients/deleted/{own.pk}/restore/").content.decode()).all("input", name="owner") == []
    assert browser.post(f"/clients/deleted/{own.pk}/restore/", {"name": "Own", "version": ""}).status_code == 302
    page = Page(sign_in(auditor).get("/clients/deleted/").content.decode())
    assert "Foreign" in page.one("tbody").text
    assert "Restore…" not in page.one("tbody").text
    refused = sign_in(auditor).post(f"/clients/deleted/{foreign.pk}/restore/")
    assert refused.status_code == 403
    assert "clients.delete" in refused.content.decode()


@pytest.mark.parametrize("address", ["edit/", "copy/", "export/", "export/view/", "delete/", "protect/", "active/", ""])
def test_r47_a_deleted_client_s_other_pages_are_not_there(address: str, browser: Browser) -> None:
    client = deleted(owner="ada")
    assert browser.get(f"/clients/{client.pk}/{address}").status_code == 404


def test_script_in_names_is_shown_inert(browser: Browser) -> None:
    client = deleted(owner="ada")
    Client.objects.filter(pk=client.pk).update(name="<script>alert(1)</script>", deleted_by="<script>alert(2)</script>")
    for url in ("/clients/deleted/", f"/clients/deleted/{client.pk}/restore/"):
        assert "<script>alert" not in browser.get(url).content.decode()
