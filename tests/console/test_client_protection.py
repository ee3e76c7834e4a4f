"""Protecting a client and lifting it again, by the rule and in the browser (R43)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients import registration
from clients.life.protection import NoReason, NotProtected, Protected, SystemOwned
from clients.models import Client
from clients.writing import ChangedMeanwhile
from tests.clients.people import BY, client_named, registered
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def protected(reason: str = "Ask Treasury.") -> Client:
    client = client_named("Settlement", owner="ada")
    registration.protect(client=client, by=BY, reason=reason, now=timezone.now())
    return client


def test_r43_protecting_keeps_who_when_and_why_and_is_audited() -> None:
    client, now = client_named("Settlement"), timezone.now()
    registration.protect(client=client, by=BY, reason="  Ask\r\nTreasury. ", now=now)
    assert (client.is_protected, client.protected_by, client.protected_at) == (True, "mara", now)
    assert client.protected_reason == "Ask Treasury."
    assert Event.objects.get(kind="client.protected").reason == "Ask Treasury."


def test_r43_lifting_is_audited_with_its_reason_and_with_what_it_lifted() -> None:
    client = protected()
    registration.lift_protection(client=client, by=BY, reason="They moved.", now=timezone.now())
    assert (client.is_protected, client.protected_by, client.protected_reason, client.protected_at) == (
        False, "", "", None,
    )  # fmt: skip
    event = Event.objects.get(kind="client.protection_lifted")
    assert event.reason == "They moved."
    assert event.detail == {"protectedBy": "mara", "protectedReason": "Ask Treasury.", "revision": 3}


@pytest.mark.parametrize("reason", ["", " \r\n\t ", "a\x00b", "a\x1bb", "a\u202eb", "x" * 1001])
def test_r43_what_is_no_reason_changes_nothing(reason: str) -> None:
    plain, kept = client_named("Plain"), protected()
    with pytest.raises(NoReason):
        registration.protect(client=plain, by=BY, reason=reason, now=timezone.now())
    with pytest.raises(NoReason):
        registration.lift_protection(client=kept, by=BY, reason=reason, now=timezone.now())
    assert not Client.objects.get(pk=plain.pk).is_protected
    assert Client.objects.get(pk=kept.pk).is_protected


def test_r43_a_reason_may_have_a_thousand_characters_of_any_script() -> None:
    assert protected("é🦀ש" * 333 + "x").is_protected


def test_r43_neither_is_done_twice_nor_on_what_somebody_else_changed() -> None:
    client, now = protected(), timezone.now()
    with pytest.raises(Protected):
        registration.protect(client=client, by=BY, reason="again", now=now)
    with pytest.raises(ChangedMeanwhile):
        registration.lift_protection(client=client, by=BY, reason="late", now=now, revision=client.revision - 1)
    registration.lift_protection(client=client, by=BY, reason="now", now=now)
    with pytest.raises(NotProtected):
        registration.lift_protection(client=client, by=BY, reason="again", now=now)


def test_r61_the_servers_own_clients_are_neither_protected_nor_lifted(
    sign_in: SignIn, super_administrator: User
) -> None:
    client = Client.objects.get(client_id="push")
    for change in (registration.protect, registration.lift_protection):
        with pytest.raises(SystemOwned):
            change(client=client, by=BY, reason="why not", now=timezone.now())
    response = sign_in(super_administrator).post(f"/clients/{client.pk}/protect/", {"reason": "why not"})
    assert response.status_code == 403
    assert "belongs to the server itself" in response.content.decode() or "server needs it" in response.content.decode()


def test_r43_protect_then_refused_then_lift_then_it_works(browser: Browser) -> None:
    client = registered(name="Settlement", owner="ada").client
    base = f"/clients/{client.pk}/"
    assert "refused in the console" in browser.get(f"{base}protect/").content.decode()
    assert browser.post(f"{base}protect/", {"reason": "Ask Treasury."})["Location"] == base
    page = Page(browser.get(base).content.decode())
    notice = page.by_id("protected").text
    assert "Protected by" in notice
    assert "Ask Treasury." in notice
    for address in ("edit/", "active/", "reset-secret/", "delete/"):
        response = browser.post(base + address, {"active": "false"})
        assert response.status_code == 403
        assert "Ask Treasury." in response.content.decode()
    asked = Page(browser.get(f"{base}protect/").content.decode())
    text = " ".join(form.text for form in asked.all("form"))
    assert "live tokens" in text
    assert "Never used" in text
    assert browser.post(f"{base}protect/", {"reason": "Agreed."})["Location"] == base
    assert browser.post(f"{base}active/", {"active": "false"}).status_code == 302
    assert not Client.objects.get(pk=client.pk).is_active


def test_r43_the_overview_asks_in_a_dialog_that_posts_to_the_page(browser: Browser) -> None:
    client = client_named("Settlement", owner="ada")
    page = Page(browser.get(f"/clients/{client.pk}/").content.decode())
    dialog = page.one("dialog", id="protect-dialog")
    assert "Protect Settlement?" in dialog.text
    assert page.one("form", action=f"/clients/{client.pk}/protect/")["method"] == "post"
    assert page.one("a", data_dialog="protect-dialog")["href"] == f"/clients/{client.pk}/protect/"


def test_r43_a_missing_reason_comes_back_at_its_field(browser: Browser) -> None:
    client = client_named("Settlement", owner="ada")
    page = Page(browser.post(f"/clients/{client.pk}/protect/", {"reason": "\x07bell"}).content.decode())
    assert page.one("textarea", name="reason")["aria-invalid"] == "true"
    assert "U+0007" in page.by_id("reason-fault").text
    assert not Client.objects.get(pk=client.pk).is_protected


def test_r43_a_late_press_never_does_the_opposite(browser: Browser) -> None:
    client = client_named("Settlement", owner="ada")
    sent = {"reason": "Mine.", "revision": str(client.revision)}
    registration.protect(client=client, by=BY, reason="Theirs.", now=timezone.now())
    assert browser.post(f"/clients/{client.pk}/protect/", sent).status_code == 409
    assert Client.objects.get(pk=client.pk).protected_reason == "Theirs."


@pytest.mark.parametrize("address", ["", "protect/", "edit/"])
def test_r43_script_in_a_reason_is_shown_inert(address: str, browser: Browser) -> None:
    client = protected("</blockquote><script>alert(1)</script>")
    html = browser.get(f"/clients/{client.pk}/{address}").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
