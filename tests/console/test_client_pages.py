"""The access ladder of the registry's pages (R59, R60): who may open and who may post what, and what is offered."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients import registration
from clients.facts import facts_of
from clients.models import Client, ClientSecret
from tests.clients.people import BY, client_named, person, registered
from tests.console.html import Page
from tests.ground.people import HOST

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]

ROLES = ("Administrator", "Client manager", "Auditor", "Developer", "")
VIEW, CREATE, EDIT = "clients.view", "clients.create", "clients.edit"
RESET, DELETE, PROTECT = "clients.reset-secret", "clients.delete", "clients.protect"


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A page with what it answers to each of ROLES, for a client that is somebody else's.

    200 and 302 mean yes; a permission's name means 403 naming it; 404 means that there is nothing to see.
    """

    page: str
    answers: tuple[Any, ...]
    post: dict[str, str] | None = None
    args: bool = True


LADDER = (
    Rung(page="client_list", args=False, answers=(200, 200, 200, 200, VIEW)),
    Rung(page="client_scopes_watch", post={"watched": "orders.read"}, answers=(302, 302, EDIT, 404, VIEW)),
    Rung(page="policy_simulator", args=False, answers=(200, 200, 200, 200, VIEW)),
    Rung(page="policy_trace", args=False, answers=(200, 200, 200, 200, VIEW)),
    Rung(page="client_register", args=False, answers=(200, 200, CREATE, 200, CREATE)),
    Rung(page="client_register", args=False, post={"name": "&"}, answers=(200, 200, CREATE, 200, CREATE)),
    Rung(page="client_copy", answers=(200, 200, CREATE, 404, VIEW)),
    Rung(page="client_copy", post={"name": "&"}, answers=(200, 200, CREATE, 404, VIEW)),
    Rung(page="client_overview", answers=(200, 200, 200, 404, VIEW)),
    Rung(page="client_activity", answers=(200, 200, 200, 404, VIEW)),
    Rung(page="client_credentials_once", answers=(200, 200, 200, 404, VIEW)),
    Rung(page="client_edit", answers=(200, 200, EDIT, 404, VIEW)),
    Rung(page="client_edit", post={"name": "&"}, answers=(200, 200, EDIT, 404, VIEW)),
    Rung(page="client_merge", answers=(302, 302, EDIT, 404, VIEW)),
    Rung(page="client_merge", post={"name": "&", "revision": "0"}, answers=(409, 409, EDIT, 404, VIEW)),
    Rung(page="client_revert", answers=(200, 200, EDIT, 404, VIEW)),
    Rung(page="client_revert", post={}, answers=(302, 302, EDIT, 404, VIEW)),
    Rung(page="client_fix", answers=(302, 302, EDIT, 404, VIEW)),
    Rung(page="client_fix", post={}, answers=(302, 302, EDIT, 404, VIEW)),
    Rung(page="client_dismiss", answers=(200, 200, EDIT, 404, VIEW)),
    Rung(page="client_dismiss", post={"reason": "Known."}, answers=(302, 302, EDIT, 404, VIEW)),
    Rung(page="client_restore_finding", post={}, answers=(302, 302, EDIT, 404, VIEW)),
    Rung(page="client_active", answers=(200, 200, EDIT, 404, VIEW)),
    Rung(page="client_active", post={"active": "false"}, answers=(302, 302, EDIT, 404, VIEW)),
    Rung(page="client_reset_secret", answers=(200, 200, RESET, 404, VIEW)),
    Rung(page="client_reset_secret", post={}, answers=(302, 302, RESET, 404, VIEW)),
    Rung(page="client_secrets", answers=(200, 200, 200, 404, VIEW)),
    Rung(page="client_secret_change", answers=(200, 200, RESET, 404, VIEW)),
    Rung(page="client_secret_change", post={"label": "Night job"}, answers=(302, 302, RESET, 404, VIEW)),
    Rung(page="client_secret_retire", answers=(200, 200, RESET, 404, VIEW)),
    Rung(page="client_secret_retire", post={}, answers=(302, 302, RESET, 404, VIEW)),
    Rung(page="client_protect", answers=(200, 200, PROTECT, 404, VIEW)),
    Rung(page="client_protect", post={"reason": "Ask first."}, answers=(302, 302, PROTECT, 404, VIEW)),
    Rung(page="client_revoke_tokens", answers=(200, 200, EDIT, 404, VIEW)),
    Rung(page="client_revoke_tokens", post={}, answers=(302, 302, EDIT, 404, VIEW)),
    Rung(page="client_views", args=False, answers=(200, 200, 200, 200, VIEW)),
    Rung(page="client_views", args=False, post={"name": "Ours"}, answers=(302, 302, 302, 302, VIEW)),
    Rung(page="client_bulk_prepare", args=False, post={"action": "delete"}, answers=(302, 302, DELETE, 302, VIEW)),
    Rung(page="client_bulk_prepare", args=False, post={"action": "owner"}, answers=(302, 302, EDIT, EDIT, VIEW)),
    Rung(page="client_bulk_prepare", args=False, post={"action": "export"}, answers=(302, 302, 302, 302, VIEW)),
    Rung(page="client_delete", answers=(200, 200, DELETE, 404, VIEW)),
    Rung(page="client_delete", post={}, answers=(302, 302, DELETE, 404, VIEW)),
    Rung(page="client_deleted", args=False, answers=(200, 200, 200, 200, VIEW)),
    Rung(page="client_import", args=False, answers=(200, 200, CREATE, 200, VIEW)),
    Rung(page="client_import", args=False, post={"document": "{"}, answers=(200, 200, CREATE, 200, VIEW)),
    Rung(page="client_export", answers=(200, 200, 200, 404, VIEW)),
    Rung(page="client_export_view", answers=(200, 200, 200, 404, VIEW)),
    Rung(page="client_export_listed", args=False, answers=(200, 200, 200, 200, VIEW)),
)


def address(rung: Rung, number: int) -> str:
    """Its address for the client of this number, and for what the page is about: a secret, a finding, a change."""
    if not rung.args:
        return reverse(rung.page)
    about: list[Any] = []
    if rung.page in ("client_secret_change", "client_secret_retire"):
        secret = ClientSecret.objects.filter(client_id=number).first()
        about = [secret.key_id if secret else "abc123"]
    elif rung.page in ("client_fix", "client_dismiss", "client_restore_finding"):
        about = ["no-description"]
    elif rung.page == "client_revert":
        about = [change_of(number)]
    return reverse(rung.page, args=[number, *about])


def change_of(number: int) -> int:
    """The number of a change of the client, made now if there is none; 1 where there is no such client."""
    client = Client.objects.filter(pk=number, deleted_at=None, is_system=False).first()
    if client is not None and not Event.objects.filter(subject_id=number, kind="client.changed").exists():
        facts = replace(facts_of(client), display_name="Another")
        registration.edit(client=client, facts=facts, by=BY, now=timezone.now(), despite_protection=True)
    return Event.objects.filter(subject_id=number, kind="client.changed").values_list("pk", flat=True).first() or 1


STEPS = [
    pytest.param(rung, role, answer, id=f"{rung.page}-{'post' if rung.post is not None else 'get'}-{role or 'nobody'}")
    for rung in LADDER
    for role, answer in zip(ROLES, rung.answers, strict=True)
]


@pytest.mark.parametrize(("rung", "role", "answer"), STEPS)
def test_r59_and_r60_each_page_answers_each_role_as_the_table_says(
    rung: Rung, role: str, answer: int | str, sign_in: SignIn
) -> None:
    client = registered(name="Theirs", owner="tomas").client
    browser = sign_in(person("viewer", role) if role else person("viewer"))
    url = address(rung, client.pk)
    before = Client.objects.values().get(pk=client.pk)
    response = browser.get(url) if rung.post is None else browser.post(url, rung.post)
    if isinstance(answer, str):
        assert response.status_code == 403
        assert answer in response.content.decode()
    else:
        assert response.status_code == answer
    if answer not in (200, 302):
        assert Client.objects.values().get(pk=client.pk) == before


@pytest.mark.parametrize(
    "rung", [rung for rung in LADDER if rung.args and rung.page != "client_protect"], ids=lambda rung: rung.page
)
def test_r60_a_developer_may_do_all_of_it_to_an_own_client(rung: Rung, sign_in: SignIn) -> None:
    client = registered(name="Own", owner="viewer").client
    browser = sign_in(person("viewer", "Developer"))
    url = address(rung, client.pk)
    response = browser.get(url) if rung.post is None else browser.post(url, rung.post)
    assert response.status_code == rung.answers[0]


@pytest.mark.parametrize("rung", LADDER, ids=lambda rung: rung.page)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(rung: Rung, anonymous: Browser) -> None:
    url = address(rung, 1)
    response = anonymous.get(url) if rung.post is None else anonymous.post(url, rung.post)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("number", [0, 999_999, 2**63, 10**40])
def test_a_number_that_is_no_client_is_not_found_whatever_its_size(
    number: int, sign_in: SignIn, administrator: User
) -> None:
    assert sign_in(administrator).get(f"/clients/{number}/").status_code == 404


POSTED_ONLY = ("client_restore_finding", "client_scopes_watch")


def test_a_deleted_client_is_not_found_on_any_page(sign_in: SignIn, administrator: User) -> None:
    client = client_named("Gone")
    browser = sign_in(administrator)
    browser.post(reverse("client_delete", args=[client.pk]))
    for rung in LADDER:
        if rung.args and rung.page not in POSTED_ONLY:
            assert browser.get(address(rung, client.pk)).status_code == 404


@pytest.mark.parametrize("rung", [rung for rung in LADDER if rung.post is not None], ids=lambda rung: rung.page)
def test_a_post_without_its_csrf_token_is_refused_and_changes_nothing(rung: Rung, administrator: User) -> None:
    client = client_named("Safe")
    browser = Browser(HTTP_HOST=HOST, enforce_csrf_checks=True)
    browser.force_login(administrator, backend="accounts.backends.PasswordBackend")
    url = address(rung, client.pk)
    before = Client.objects.values().get(pk=client.pk)
    assert browser.post(url, rung.post).status_code == 403
    assert Client.objects.values().get(pk=client.pk) == before


@pytest.mark.parametrize("page", ["client_list", "client_overview", "client_activity", "client_credentials_once"])
def test_pages_that_only_show_refuse_a_post(page: str, sign_in: SignIn, administrator: User) -> None:
    args = [] if page == "client_list" else [client_named("Any").pk]
    assert sign_in(administrator).post(reverse(page, args=args)).status_code == 405


# ── What is not permitted is not offered ──


def links(html: str) -> set[str]:
    return set(re.findall(r'href="(/clients/[^"?]*)"', html))


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("Administrator", {"copy/", "edit/", "reset-secret/", "revoke-tokens/", "active/", "protect/", "delete/"}),
        ("Client manager", {"copy/", "edit/", "reset-secret/", "revoke-tokens/", "active/", "protect/", "delete/"}),
        ("Auditor", set()),
    ],
)
def test_r59_list_and_overview_offer_only_what_the_viewer_may_do(role: str, offered: set[str], sign_in: SignIn) -> None:
    client = client_named("Any", owner="tomas", description="Known.")
    browser = sign_in(person("viewer", role))
    base = f"/clients/{client.pk}/"
    for url in ("/clients/", base):
        found = {link.removeprefix(base) for link in links(browser.get(url).content.decode()) if link.startswith(base)}
        assert (
            found - {"", "activity/", "network/", "rates/", "scopes/", "secrets/", "tokens/", "export/view/"} == offered
        )


def test_r59_registering_is_offered_to_whoever_may(sign_in: SignIn, auditor: User, developer: User) -> None:
    assert "/clients/new/" not in links(sign_in(auditor).get("/clients/").content.decode())
    assert "/clients/new/" in links(sign_in(developer).get("/clients/").content.decode())


def test_no_page_links_to_what_does_not_exist(sign_in: SignIn, administrator: User) -> None:
    client = client_named("Any")
    browser = sign_in(administrator)
    pages = ["/clients/", "/clients/new/", f"/clients/{client.pk}/", *(
        f"/clients/{client.pk}/{name}/"
        for name in ("edit", "credentials", "secrets", "active", "reset-secret", "delete")
    )]  # fmt: skip
    for page in pages:
        for link in links(browser.get(page).content.decode()):
            assert browser.get(link).status_code == 200, f"{page} links to {link}"


def test_every_page_has_one_h1_and_nothing_that_the_csp_forbids(sign_in: SignIn, administrator: User) -> None:
    client = client_named("Any")
    browser = sign_in(administrator)
    for rung in LADDER:
        if rung.page in ("client_export", "client_export_listed"):
            continue  # JSON, no page
        response = browser.get(address(rung, client.pk))
        if response.status_code in (302, 405):
            continue
        page = Page(response.content.decode())
        assert len(page.all("h1")) == 1
        assert not page.all("style")
        assert not [element for element in page.elements if element.get("style") is not None]
        assert all(element.get("src") for element in page.all("script"))
        assert "script-src 'self'" in response["Content-Security-Policy"]


# ── Clients that refuse to be changed ──


@pytest.mark.parametrize("rung", [rung for rung in LADDER if rung.page in (
    "client_edit", "client_active", "client_reset_secret", "client_secret_change", "client_secret_retire",
    "client_delete", "client_merge", "client_revert", "client_fix")], ids=lambda rung: rung.page)  # fmt: skip
def test_r43_a_protected_client_shows_the_reason_and_refuses_on_the_server(
    rung: Rung, sign_in: SignIn, administrator: User
) -> None:
    client = client_named("Settlement")
    Client.objects.filter(pk=client.pk).update(
        is_protected=True, protected_by="ines", protected_reason="Ask Treasury <first>.", protected_at=client.created
    )
    browser, url = sign_in(administrator), address(rung, client.pk)
    before = Client.objects.values().get(pk=client.pk)
    response = browser.get(url) if rung.post is None else browser.post(url, rung.post)
    assert response.status_code == 403
    assert "Ask Treasury &lt;first&gt;." in response.content.decode()
    assert Client.objects.values().get(pk=client.pk) == before


def test_r43_the_overview_of_a_protected_client_keeps_its_buttons_with_the_reason(
    sign_in: SignIn, administrator: User
) -> None:
    client = client_named("Settlement")
    Client.objects.filter(pk=client.pk).update(is_protected=True, protected_reason="Ask Treasury.")
    page = Page(sign_in(administrator).get(f"/clients/{client.pk}/").content.decode())
    disabled = [button for button in page.all("button") if button.get("aria-disabled") == "true"]
    assert [button.text for button in disabled] == ["Edit", "Reset secret…", "Deactivate…", "Revoke tokens…", "Delete…"]
    assert all(page.by_id(button["aria-describedby"]).text for button in disabled)
    assert "Ask Treasury." in page.by_id("protected").text
    assert "lift protection first" in page.by_id("menu-frozen").text


@pytest.mark.parametrize("role", ["Administrator", "Auditor"])
def test_the_tabs_of_a_client_say_where_one_is(role: str, sign_in: SignIn) -> None:
    client = client_named("Tabbed")
    browser = sign_in(person("viewer", role))
    for name, label in (("client_overview", "Overview"), ("client_activity", "Activity")):
        page = Page(browser.get(reverse(name, args=[client.pk])).content.decode())
        tabs = [link for link in page.all("a") if link.text in ("Overview", "Activity") and link.inside[-1] == "nav"]
        assert [tab.text for tab in tabs] == ["Overview", "Activity"]
        assert [tab.text for tab in tabs if tab.get("aria-current") == "page"] == [label]


@pytest.mark.parametrize("name", ["admin", "push", "test"])
def test_r61_system_clients_can_be_seen_and_not_changed(name: str, sign_in: SignIn, super_administrator: User) -> None:
    client = Client.objects.get(client_id=name)
    browser = sign_in(super_administrator)
    assert browser.get(f"/clients/{client.pk}/").status_code == 200
    assert browser.post(f"/clients/{client.pk}/delete/").status_code == 403
    assert browser.post(f"/clients/{client.pk}/edit/", {"name": "x"}).status_code == 403
