"""The access ladder of the pages of people and groups (R17, R59, R60): who may open and post what, and what is seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import Group, User
from clients.models import Client
from tests.clients.people import client_named, person
from tests.console.html import Page
from tests.ground.people import HOST

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]

ROLES = ("Administrator", "Client manager", "Auditor", "Developer", "")
VIEW, EDIT, DELETE, GROUPS, HAND_OVER = "people.view", "people.edit", "people.delete", "people.groups", "clients.edit"


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A page with what it answers to each of ROLES, about a person (or group) without power, whom all may reach.

    200 and 302 mean yes; a permission's name means 403 naming it; a number is the status.
    """

    page: str
    answers: tuple[Any, ...]
    about: str = ""  # "person", "service" or "group"
    post: dict[str, Any] | None = None


LADDER = (
    Rung(page="people_list", answers=(200, 200, 200, VIEW, VIEW)),
    Rung(page="people_new", answers=(200, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_new", post={"username": "nova", "how": "link"}, answers=(302, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_person", about="person", answers=(200, 200, 200, VIEW, VIEW)),
    Rung(page="people_person", about="service", answers=(200, 200, 200, VIEW, VIEW)),
    Rung(page="people_edit", about="person", answers=(200, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_edit", about="person", post={"email": "t@example.com"}, answers=(302, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_edit", about="service", answers=(200, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_edit", about="service", post={"groups": "Developer"}, answers=(302, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_password", about="person", answers=(200, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_password", about="person", post={"how": "link"}, answers=(302, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_password", about="service", answers=(404, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_second_factors", about="person", answers=(200, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_password_link", about="person", answers=(200, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_active", about="person", answers=(200, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_active", about="person", post={"active": "false"}, answers=(302, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_active", about="service", post={"active": "false"}, answers=(404, EDIT, EDIT, VIEW, VIEW)),
    Rung(page="people_hand_over", about="person", answers=(200, 200, HAND_OVER, VIEW, VIEW)),
    Rung(page="people_hand_over", about="service", answers=(404, 404, HAND_OVER, VIEW, VIEW)),
    Rung(page="people_delete", about="person", answers=(200, DELETE, DELETE, VIEW, VIEW)),
    Rung(page="people_delete", about="person", post={}, answers=(302, DELETE, DELETE, VIEW, VIEW)),
    Rung(page="people_delete", about="service", post={}, answers=(404, DELETE, DELETE, VIEW, VIEW)),
    Rung(page="group_list", answers=(200, 200, 200, VIEW, VIEW)),
    Rung(page="group_new", answers=(200, GROUPS, GROUPS, VIEW, VIEW)),
    Rung(page="group_new", post={"name": "Desk"}, answers=(302, GROUPS, GROUPS, VIEW, VIEW)),
    Rung(page="group_overview", about="group", answers=(200, 200, 200, VIEW, VIEW)),
    Rung(page="group_edit", about="group", answers=(200, GROUPS, GROUPS, VIEW, VIEW)),
    Rung(page="group_edit", about="group", post={"name": "Other"}, answers=(302, GROUPS, GROUPS, VIEW, VIEW)),
    Rung(page="group_delete", about="group", answers=(200, GROUPS, GROUPS, VIEW, VIEW)),
    Rung(page="group_delete", about="group", post={}, answers=(302, GROUPS, GROUPS, VIEW, VIEW)),
)
GIVEN = [
    pytest.param(rung, role, answer, id="-".join([rung.page, rung.about, "get" if rung.post is None else "post", role]))
    for rung in LADDER
    for role, answer in zip(ROLES, rung.answers, strict=True)
]


def target(about: str) -> list[int]:
    """The number that the page's address takes."""
    if about == "group":
        return [Group.objects.get_or_create(name="Night shift")[0].pk]
    if about == "service":
        found = Client.objects.filter(name="Billing sync").first() or client_named("Billing sync", owner="owner")
        return [found.service_account_id or 0]
    return [person("tomas").pk] if about else []


def call(browser: Browser, rung: Rung, **fields: Any) -> Any:
    url = reverse(rung.page, args=target(rung.about))
    return browser.get(url) if rung.post is None else browser.post(url, {**rung.post, **fields})


def everything() -> list[Any]:
    """All that these pages could change."""
    return [
        list(User.objects.order_by("pk").values().exclude(username="viewer")),
        list(Group.objects.order_by("pk").values()),
        list(User.groups.through.objects.order_by("pk").values()),
    ]


@pytest.mark.parametrize(("rung", "role", "answer"), GIVEN)
def test_r59_and_r60_each_page_of_people_answers_each_role_as_the_table_says(
    rung: Rung, role: str, answer: int | str, sign_in: SignIn
) -> None:
    target(rung.about)
    browser = sign_in(person("viewer", role) if role else person("viewer"))
    before = everything()
    response = call(browser, rung)
    if isinstance(answer, str):
        assert response.status_code == 403
        assert answer in response.content.decode()
    else:
        assert response.status_code == answer
    if answer not in (200, 302):
        assert everything() == before
    if answer == 302:
        assert everything() != before


@pytest.mark.parametrize("rung", LADDER, ids=lambda rung: rung.page)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(rung: Rung, anonymous: Browser) -> None:
    response = call(anonymous, rung)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("rung", [rung for rung in LADDER if rung.post is not None], ids=lambda rung: rung.page)
def test_a_post_without_its_csrf_token_is_refused_and_changes_nothing(rung: Rung, administrator: User) -> None:
    target(rung.about)
    browser = Browser(HTTP_HOST=HOST, enforce_csrf_checks=True)
    browser.force_login(administrator, backend="accounts.backends.PasswordBackend")
    before = everything()
    assert call(browser, rung).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("number", [0, 999_999, 2**63, 10**40])
def test_a_number_that_is_nobody_is_not_found_whatever_its_size(
    number: int, sign_in: SignIn, administrator: User
) -> None:
    browser = sign_in(administrator)
    for address in ("", "edit/", "password/", "password/link/", "second-factors/", "active/", "hand-over/", "delete/"):
        assert browser.get(f"/people/{number}/{address}").status_code == 404
    for address in ("", "edit/", "delete/"):
        assert browser.get(f"/people/groups/{number}/{address}").status_code == 404


ONLY_SHOW = {"people_list": "", "people_person": "person", "people_password_link": "person", "group_list": "",
             "group_overview": "group"}  # fmt: skip


@pytest.mark.parametrize(("page", "about"), ONLY_SHOW.items())
def test_pages_that_only_show_refuse_a_post(page: str, about: str, sign_in: SignIn, administrator: User) -> None:
    assert sign_in(administrator).post(reverse(page, args=target(about))).status_code == 405


# ── What is not permitted is not offered ──


def links(html: str) -> set[str]:
    return set(re.findall(r'href="(/people/[^"?]*)"', html))


@pytest.mark.parametrize(
    ("role", "of_person", "of_list"),
    [
        (
            "Administrator",
            {"edit/", "password/", "second-factors/", "active/", "delete/", "hand-over/"},
            {"/people/new/"},
        ),
        ("Client manager", {"hand-over/"}, set()),
        ("Auditor", set(), set()),
    ],
)
def test_r59_the_pages_of_people_offer_only_what_the_viewer_may_do(
    role: str, of_person: set[str], of_list: set[str], sign_in: SignIn
) -> None:
    client_named("Any", owner="tomas")
    browser, base = sign_in(person("viewer", role)), f"/people/{person('tomas').pk}/"
    found = {link.removeprefix(base) for link in links(browser.get(base).content.decode()) if link.startswith(base)}
    assert found - {""} == of_person
    assert links(browser.get("/people/").content.decode()) & {"/people/new/"} == of_list


def test_r59_people_stand_in_the_navigation_of_whoever_sees_them(
    sign_in: SignIn, auditor: User, developer: User
) -> None:
    assert "/people/" in links(sign_in(auditor).get("/audit/").content.decode())
    assert "/people/" not in links(sign_in(developer).get("/clients/").content.decode())


def test_r59_an_owner_on_a_client_s_page_is_a_link_where_the_viewer_sees_people(sign_in: SignIn) -> None:
    client = client_named("Any", owner="tomas")
    own = client_named("Own", owner="viewer-of-none")
    page, owner = f"/clients/{client.pk}/", f"/people/{person('tomas').pk}/"
    assert owner in links(sign_in(person("viewer", "Auditor")).get(page).content.decode())
    alone = sign_in(person("viewer-of-none", "Developer"))
    assert links(alone.get(f"/clients/{own.pk}/").content.decode()) == set()


def test_every_page_has_one_h1_and_no_link_that_leads_nowhere(sign_in: SignIn, super_administrator: User) -> None:
    browser = sign_in(super_administrator)
    for rung in LADDER:
        url = reverse(rung.page, args=target(rung.about))
        response = browser.get(url)
        if response.status_code == 404:
            continue
        html = response.content.decode()
        assert len(Page(html).all("h1")) == 1, url
        for link in links(html):
            assert browser.get(link).status_code == 200, f"{url} links to {link}"
