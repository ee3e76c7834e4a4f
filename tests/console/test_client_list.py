"""The list (R50, R51): its columns, search, facets, order and pages, at a constant number of statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from clients.models import Client, ClientSecret
from clients.rules.names import name_key
from tests.clients.people import client_named, person
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
NATIVE: dict[str, Any] = {
    "type": "public",
    "grants": ("authorization_code",),
    "redirect_uris": ("https://app.example.com/cb", "com.example.app:/cb"),
    "refresh_limit": 3,
}


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    Client.objects.all().delete()  # the shipped ones too: each list is the test's own
    return sign_in(administrator)


def listed(browser: Browser, query: str = "") -> list[str]:
    """The names on the page, in order."""
    response = browser.get(f"/clients/?{query}")
    assert response.status_code == 200
    return [link.text for link in Page(response.content.decode()).all("a", class_="lead")]


def cells(browser: Browser, query: str = "") -> list[list[str]]:
    page = Page(browser.get(f"/clients/?{query}").content.decode())
    texts = [cell.text for cell in page.all("td")]
    width = len(page.all("th"))
    return [texts[start + 1 : start + width] for start in range(0, len(texts), width)]  # less the box


def owner_links(browser: Browser) -> list[str | None]:
    page = Page(browser.get("/clients/").content.decode())
    return [link["href"] for link in page.all("a", class_="ellipsis")]


def test_r50_an_owner_leads_to_the_person_for_whoever_may_see_people(browser: Browser, sign_in: SignIn) -> None:
    client = client_named("Billing sync", owner="tomas")
    assert owner_links(browser) == [f"/people/{client.owner_id}/"]
    assert owner_links(sign_in(person("viewer", permissions=["clients.view"]))) == []


def many(count: int, **fields: Any) -> None:
    """Clients without secrets, quickly."""
    owner = person("many")
    Client.objects.bulk_create(
        Client(
            search_text=f" many {number:04}",
            client_id=f"many-{number:04}",
            name=f"Many {number:04}",
            name_key=name_key(f"Many {number:04}", ""),
            client_type="public",
            grant_types="personal_access_token",
            owner=owner,
            **fields,
        )
        for number in range(count)
    )


def test_r50_the_columns_are_those_of_the_requirement_in_order(browser: Browser) -> None:
    client_named("Billing sync")
    heads = [head.text for head in Page(browser.get("/clients/").content.decode()).all("th")]
    assert heads == ["", "#", "Name", "Client id", "Type", "Grants", "Redirect", "Secret", "Owner", "Last used",
                     "Status", "Actions"]  # fmt: skip


def test_r50_each_cell_says_its_fact(browser: Browser) -> None:
    client = client_named(
        "Billing sync", version="2", redirect_uris=("https://a.example/",), access_token_lifetime="never"
    )
    Client.objects.filter(pk=client.pk).update(last_used_at=timezone.now() - timedelta(minutes=5))
    (row,) = cells(browser)
    assert row[0] == str(client.pk)
    assert row[1].startswith("Billing sync2")
    assert "Access tokens never expire" in row[1]
    assert row[2] == client.client_id
    assert row[3:6] == ["Confidential", "client", "—"]
    assert "••••" in row[6]
    assert row[7:10] == ["mara", "5 min ago", "Active"]


def test_r50_the_redirect_shows_only_with_authorization_code_or_implicit_host_first_then_the_count(
    browser: Browser,
) -> None:
    client_named("Phone", **NATIVE)
    (row,) = cells(browser)
    assert row[5] == "app.example.com+1"
    assert row[4] == "coderefresh"


@pytest.mark.parametrize(
    ("expires", "revoked", "words"),
    [
        (None, False, "in order"),
        (timedelta(days=9, hours=1), False, "expires in 9 days"),
        (timedelta(days=-2, hours=-1), False, "expired 2 days ago"),
        (None, True, "none"),
    ],
)
def test_r16_the_secret_column_is_masked_and_says_its_state(
    expires: timedelta | None, revoked: bool, words: str, browser: Browser
) -> None:
    client_named("Billing sync")
    now = timezone.now()
    ClientSecret.objects.update(expires_at=now + expires if expires else None, revoked_at=now if revoked else None)
    (row,) = cells(browser)
    assert words in row[6]


def test_r50_newest_first_and_empty_says_no_data_available(browser: Browser) -> None:
    assert "No Data Available" in browser.get("/clients/").content.decode()
    for name in ("One", "Two", "Three"):
        client_named(name)
    assert listed(browser) == ["Three", "Two", "One"]


def test_r50_a_search_without_a_match_says_no_data_available_with_the_way_out(browser: Browser) -> None:
    client_named("One")
    html = browser.get("/clients/?q=nothing").content.decode()
    assert "No Data Available" in html
    assert "Clear filters" in html


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("billing", ["Ärger Billing"]),
        ("ÄRGER", ["Ärger Billing"]),
        ("returns.example", ["Portal"]),
        ("my-portal-id", ["Portal"]),
        ("shown to people", ["Portal"]),
        ("100%", []),
        ("_", []),
        ("\x00", []),
        ("'; DROP TABLE", []),
        (" portal ", ["Portal"]),
        ("z" * 5000, []),
    ],
)
def test_r51_search_looks_into_name_id_display_name_and_redirects(
    words: str, found: list[str], browser: Browser
) -> None:
    client_named("Ärger Billing", client_id="one")
    client_named("Portal", client_id="my-portal-id", display_name="Shown to people",
                 redirect_uris=("https://returns.example/cb",))  # fmt: skip
    response = browser.get("/clients/", {"q": words})
    assert [link.text for link in Page(response.content.decode()).all("a", class_="lead")] == found


def test_r6_a_number_finds_its_client(browser: Browser) -> None:
    client = client_named("Billing")
    client_named("Other")
    assert listed(browser, f"q=%23{client.pk}") == ["Billing"]
    assert listed(browser, "q=" + "9" * 40) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=public", ["Phone"]),
        ("type=public&type=confidential", ["Phone", "Service"]),
        ("grant=client_credentials", ["Service"]),
        ("status=inactive", ["Phone"]),
        ("status=protected", ["Service"]),
        ("status=active&status=inactive", ["Phone", "Service"]),
        ("lifetime=never", ["Service"]),
        ("owner=me", []),
        ("type=nonsense&grant=%00", ["Phone", "Service"]),
        ("lifetime=nonsense", ["Phone", "Service"]),
        ("q=service&type=public", []),
    ],
)
def test_r28_and_r51_facets_narrow_the_list_by_address(query: str, found: list[str], browser: Browser) -> None:
    service, phone = client_named("Service", access_token_lifetime="never"), client_named("Phone", **NATIVE)
    Client.objects.filter(pk=service.pk).update(is_protected=True)
    Client.objects.filter(pk=phone.pk).update(is_active=False)
    assert listed(browser, query) == found


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["Alpha", "Beta", "Gamma"]),
        ("-name", ["Gamma", "Beta", "Alpha"]),
        ("number", ["Beta", "Gamma", "Alpha"]),
        ("-number", ["Alpha", "Gamma", "Beta"]),
        ("last_used", ["Gamma", "Beta", "Alpha"]),
        ("-last_used", ["Beta", "Gamma", "Alpha"]),
        ("owner", ["Gamma", "Beta", "Alpha"]),
        ("status", ["Alpha", "Beta", "Gamma"]),
        ("-status", ["Gamma", "Beta", "Alpha"]),
        ("client_type", ["Beta", "Gamma", "Alpha"]),
        ("nonsense", ["Alpha", "Gamma", "Beta"]),
        ("secret", ["Alpha", "Gamma", "Beta"]),
    ],
)
def test_r51_the_list_sorts_on_the_server_with_never_used_last(sort: str, order: list[str], browser: Browser) -> None:
    now = timezone.now()
    for name, owner, used in (("Beta", "b", 1), ("Gamma", "a", 2), ("Alpha", "c", None)):
        client = client_named(name, owner=owner)
        if used:
            Client.objects.filter(pk=client.pk).update(last_used_at=now - timedelta(hours=used))
    Client.objects.filter(name="Gamma").update(is_active=False)
    assert listed(browser, f"sort={sort}") == order


def test_r51_fifty_a_page_and_what_is_no_page_shows_the_nearest(browser: Browser) -> None:
    many(120)
    assert len(listed(browser)) == 50
    assert listed(browser)[0] == "Many 0119"
    assert listed(browser, "page=3") == [f"Many {number:04}" for number in reversed(range(20))]
    assert listed(browser, "page=999999") == listed(browser, "page=3")
    for nonsense in ("page=-1", "page=x", "page=%00", "page=" + "9" * 100, "per_page=100000"):
        assert len(listed(browser, nonsense)) == 50
    assert "101–120 of 120 clients" in Page(browser.get("/clients/?page=3").content.decode()).one("footer").text


def test_r51_pages_keep_search_order_and_facets(browser: Browser) -> None:
    many(60)
    page = Page(browser.get("/clients/?q=many&sort=name&type=public").content.decode())
    (following,) = page.all("a", rel="next")
    for part in ("q=many", "sort=name", "type=public", "page=2"):
        assert part in following["href"]
    hidden = {(box["name"], box["value"]) for box in page.all("input", type="hidden") if box.get("name") == "sort"}
    assert hidden == {("sort", "name")}


def test_r51_a_page_costs_a_constant_number_of_statements(browser: Browser) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get("/clients/?q=a&type=confidential&type=public")
        return len(queries)

    client_named("A one")
    few = statements()
    for number in range(12):
        client_named(f"A {number}", owner=f"owner-{number}")
    many(60)
    assert statements() == few
    assert few <= 13


def test_r59_a_developer_sees_only_the_own(sign_in: SignIn, developer: User) -> None:
    client_named("Own", owner="dev")
    client_named("Theirs", owner="tomas")
    assert listed(sign_in(developer)) == ["Own"]
    assert listed(sign_in(developer), "q=theirs") == []


def test_r47_deleted_clients_are_not_listed(browser: Browser) -> None:
    client = client_named("Gone")
    browser.post(f"/clients/{client.pk}/delete/")
    assert listed(browser) == []
