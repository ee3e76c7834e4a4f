"""People in a real browser: a hand-over singly and for all, with scripts and without, a password link, every look."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LookAt
from tests.browser.screenshots import keep
from tests.browser.test_the_thread import FURNITURE, PASSWORD, sign_in
from tests.ground.browsers import NewPage
from tests.ground.running import MakeServer
from tests.ground.server import Server

expect.set_options(timeout=20_000)  # two cores, and the whole suite beside it

WHOLE_LIFE = {
    "name": "Jun Watanabe", "nickname": "Jun", "locale": "ja-JP", "zoneinfo": "Asia/Tokyo",
    "phone_number": "+81 3 1234 5678", "picture": "https://people.example.com/jun.jpg", "email_verified": True,
    "address": {"street_address": "1-1 Chiyoda", "locality": "Tokyo", "postal_code": "100-8111", "country": "Japan"},
}  # fmt: skip
STRANGE = "Дмитрий-Александрович-де-ла-Крус-и-Вега-де-ла-Фуэнте"


def everybody() -> dict[str, object]:
    """The thread's furniture, with roles, claims, and people enough for several pages."""
    users = [dict(user) for user in FURNITURE["users"]]  # type: ignore[attr-defined]
    by_name = {user["username"]: user for user in users}
    by_name["tomas"] |= {"groups": ["Client manager"]}
    by_name["priya"] |= {"groups": ["Auditor", "Developer", "Night shift"], "permissions": ["people.view"]}
    by_name["jun"] |= {"groups": ["Developer"], "claims": WHOLE_LIFE, "allowedScope": "orders.*"}
    more = [
        {"username": f"{given.lower()}.{number}", "givenName": given, "familyName": f"Nr {number}",
         "email": f"{given.lower()}.{number}@example.com", "groups": ["Developer"], "isActive": number % 7 != 0}
        for number, given in enumerate(["Ada", "Boris", "Chidi", "Dana", "Eero", "Fatma", "Goran"] * 8)
    ]  # fmt: skip
    more.append({"username": STRANGE, "givenName": "Дмитрий Александрович", "familyName": "де ла Крус и Вега",
                 "email": "dmitri@example.com", "groups": ["Auditor"]})  # fmt: skip
    more.append({"username": "leaver", "givenName": "Lea", "familyName": "Ver", "groups": ["Developer"]})
    groups = [{"name": "Night shift", "permissions": ["clients.view"], "allowedScope": "orders.read"}]
    return {**FURNITURE, "users": [*users, *more], "groups": groups}


@pytest.fixture(scope="module")
def staffed(server: MakeServer) -> Server:
    running = server(on_postgresql=False)
    running.manage("apply", "-", text=json.dumps(everybody()))
    return running


def signed_in(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/sign-in/")
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def number_of(server: Server, username: str) -> str:
    code = f"from accounts.models import User; print(User.objects.get(username={username!r}).pk)"
    return server.shell(code).splitlines()[-1]


def owners(server: Server, *client_ids: str) -> list[str]:
    code = (
        "from clients.models import Client; "
        f"print(' '.join(Client.objects.get(client_id=c).owner.username for c in {client_ids!r}))"
    )
    return server.shell(code).splitlines()[-1].split()


def test_axe_finds_nothing_serious_on_any_page_of_people_in_any_look(
    staffed: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = signed_in(browser_page(), staffed)
    jun, priya, tomas, night, service = staffed.shell(
        "from accounts.models import *; find = lambda n: User.objects.get(username=n).pk; "
        "night = Group.objects.get(name='Night shift').pk; "
        "print(find('jun'), find('priya'), find('tomas'), night, find('billing-sync'))"
    ).splitlines()[-1].split()  # fmt: skip
    pages = {
        "people": "/people/",
        "people-search": "/people/?q=nobody-of-this-name",
        "people-new": "/people/new/",
        "person": f"/people/{jun}/",
        "person-service": f"/people/{service}/",
        "person-edit": f"/people/{jun}/edit/",
        "person-service-edit": f"/people/{service}/edit/",
        "person-password": f"/people/{priya}/password/",
        "person-hand-over": f"/people/{tomas}/hand-over/",
        "person-deactivate": f"/people/{priya}/active/",
        "person-delete": f"/people/{tomas}/delete/",
        "groups": "/people/groups/",
        "group": f"/people/groups/{night}/",
        "group-edit": f"/people/groups/{night}/edit/",
        "group-delete": f"/people/groups/{night}/delete/",
    }
    found = []
    for name, path in pages.items():
        page.goto(staffed.url + path)
        found += look_at(page, name)
    assert found == []


def test_faults_of_a_person_come_back_each_at_its_field(
    staffed: Server, browser_page: NewPage, accessibility_faults: Callable[[Page], list[str]]
) -> None:
    page = signed_in(browser_page(), staffed)
    page.goto(f"{staffed.url}/people/{number_of(staffed, 'jun')}/edit/")
    page.get_by_label("E-mail", exact=False).first.fill("not an address")
    page.get_by_label("Birth date").fill("yesterday")
    page.get_by_label("Picture").fill("javascript:alert(1)")
    page.get_by_label("Allowed scope").fill('a"b')
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert")).to_contain_text("4 things to correct")
    assert accessibility_faults(page) == []
    keep(page, "person-edit-errors-light-1440")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_r7_an_owner_leaves_after_one_client_went_to_somebody_and_the_rest_to_another(
    staffed: Server, browser_page: NewPage, scripts: bool
) -> None:
    who, ids = f"owner-{scripts}".lower(), [f"left-{scripts}-{number}".lower() for number in range(3)]
    clients = [{"clientId": i, "name": i, "owner": who, "type": "confidential", "grants": ["client_credentials"]}
               for i in ids]  # fmt: skip
    staffed.manage("apply", "-", text=json.dumps({"users": [{"username": who}], "clients": clients}))
    page = signed_in(browser_page(java_script_enabled=scripts), staffed)
    page.goto(f"{staffed.url}/people/{number_of(staffed, who)}/delete/")
    page.get_by_role("button", name="Hand over and delete").click()
    expect(page.get_by_role("alert")).to_contain_text("Name who answers for the clients")
    page.get_by_label(re.compile("^New owner( optional)?$")).fill("jun")
    page.get_by_text("Somebody else for single clients").click()
    page.get_by_label(f"New owner of {ids[1]}").fill("nobody-here")
    page.get_by_role("button", name="Hand over and delete").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no active person")
    assert owners(staffed, *ids) == [who, who, who]
    page.get_by_label(f"New owner of {ids[1]}").fill("priya")
    page.get_by_role("button", name="Hand over and delete").click()
    expect(page.locator(".message")).to_contain_text("is deleted. 3 clients handed over.")
    assert owners(staffed, *ids) == ["jun", "priya", "jun"]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_r7_handing_all_clients_over_leaves_the_owner_as_they_are(
    staffed: Server, browser_page: NewPage, scripts: bool
) -> None:
    who, client_id = f"stays-{scripts}".lower(), f"given-{scripts}".lower()
    clients = [{"clientId": client_id, "name": client_id, "owner": who, "type": "confidential",
                "grants": ["client_credentials"]}]  # fmt: skip
    staffed.manage("apply", "-", text=json.dumps({"users": [{"username": who}], "clients": clients}))
    page = signed_in(browser_page(java_script_enabled=scripts), staffed)
    page.goto(f"{staffed.url}/people/{number_of(staffed, who)}/")
    page.get_by_role("link", name="Hand over…").click()
    page.get_by_label(re.compile("^New owner( optional)?$")).fill("tomas")
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator(".message")).to_contain_text("1 client handed over.")
    expect(page.get_by_text("No client.")).to_be_visible()
    assert owners(staffed, client_id) == ["tomas"]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_new_person_gets_in_by_the_link_that_is_shown_once(
    staffed: Server, browser_page: NewPage, scripts: bool, accessibility_faults: Callable[[Page], list[str]]
) -> None:
    page, name = signed_in(browser_page(java_script_enabled=scripts), staffed), f"nova-{scripts}".lower()
    page.goto(f"{staffed.url}/people/new/")
    page.get_by_label("User name", exact=True).fill(name)
    page.get_by_role("checkbox", name=re.compile("^Auditor")).check()
    page.get_by_role("button", name="Create person").click()
    link = page.locator("#password-link").inner_text()
    if scripts:
        keep(page, "person-password-link-light-1440")
        assert accessibility_faults(page) == []
    page.reload()
    assert link not in page.content()
    theirs = browser_page(java_script_enabled=scripts)
    theirs.goto(link)
    theirs.get_by_label("Password", exact=True).fill("short")
    theirs.get_by_label("Password, once more").fill("shorter")
    theirs.get_by_role("button", name="Set password").click()
    expect(theirs.get_by_role("alert")).to_contain_text("2 things to correct")
    if scripts:
        keep(theirs, "set-password-errors-light-1440")
        assert accessibility_faults(theirs) == []
    for label in ("Password", "Password, once more"):
        theirs.get_by_label(label, exact=True).fill(PASSWORD)
    theirs.get_by_role("button", name="Set password").click()
    expect(theirs.locator(".message")).to_contain_text("Your password is set")
    sign_in(theirs, name)
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Dashboard")
    assert "This link has ended" in (theirs.goto(link) or theirs).text()  # type: ignore[union-attr]
    assert link.rsplit("/", 2)[1] not in staffed.log_text()
