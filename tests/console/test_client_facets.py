"""The list's facets, their numbers, its order page by page, and what hostile addresses come to (R51)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from clients import registration
from clients.facts import facts_of
from clients.list_models import SavedView
from clients.listing import address, counting
from clients.listing.address import Address, parse
from clients.listing.conditions import Asking, narrow
from clients.listing.counting import count
from clients.listing.paging import page_of
from clients.models import Client, Namespace
from tests.bench import many_clients
from tests.clients.people import BY, client_named, person
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
APP: dict[str, Any] = {
    "type": "public", "grants": ("authorization_code",), "redirect_uris": ("https://app.example/cb",),
    "description": "Shows things.",
}  # fmt: skip


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    Client.objects.all().delete()
    return sign_in(administrator)


def names(browser: Browser, query: str) -> set[str]:
    response = browser.get(f"/clients/?{query}")
    assert response.status_code == 200
    return {link.text for link in Page(response.content.decode()).all("a", class_="lead")}


def furnish() -> None:
    """One client of each kind that a facet tells apart."""
    now = timezone.now()
    client_named("Service", owner="ada", description="Sends.")
    client_named("App", **APP)
    never = client_named("Never", access_token_lifetime="never", description="Never.")
    old = client_named("Old", description="Old.")
    idle = client_named("Idle", description="Idle.")
    ending, ended, bare = (client_named(name, description="Secret.") for name in ("Ending", "Ended", "Bare"))
    Client.objects.filter(pk=old.pk).update(last_used_at=now - timedelta(days=91))
    Client.objects.filter(pk=idle.pk).update(created=now - timedelta(days=91))
    registration.protect(client=never, by=BY, reason="Ask.", now=now)
    ending.secrets.update(expires_at=now + timedelta(days=3))
    ended.secrets.update(expires_at=now - timedelta(days=3))
    bare.secrets.update(revoked_at=now)
    client_named("Hinted", description="")
    east = Namespace.objects.create(name="east")
    Client.objects.get(name="App").namespaces.add(east)


SERVICES = {"Service", "Never", "Old", "Idle", "Ending", "Ended", "Bare", "Hinted"}
EVERYTHING = SERVICES | {"App"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=public", {"App"}),
        ("grant=authorization_code", {"App"}),
        ("grant=authorization_code&grant=client_credentials", EVERYTHING),
        ("status=protected", {"Never"}),
        ("protected=yes", {"Never"}),
        ("lifetime=never", {"Never"}),
        ("use=stale", {"Old", "Idle"}),
        ("secret=ok", SERVICES - {"Ending", "Ended", "Bare"}),
        ("secret=expiring", {"Ending"}),
        ("secret=expired", {"Ended"}),
        ("secret=none", {"Bare", "App"}),
        ("secret=none&type=confidential", {"Bare"}),
        ("secret=expiring&secret=expired", {"Ending", "Ended"}),
        ("risk=danger", {"Never"}),
        ("risk=info", {"Hinted"}),
        ("risk=danger&risk=info", {"Never", "Hinted"}),
        ("owner=me", {"Service"}),
        ("owner=ada", {"Service"}),
        ("owner=MAR", EVERYTHING - {"Service"}),
        ("owner=nobody", set()),
        ("owner=me&owner=mara", EVERYTHING),
        ("namespace=east", {"App"}),
        ("namespace=west", set()),
        ("type=nonsense&secret=%00&risk=x&use=&status[]=active", EVERYTHING),
        ("type=public&type=nonsense", {"App"}),
        ("owner=%00&namespace=%00", EVERYTHING),
        ("q=" + "x" * 5000, set()),
        ("q=se", {"Service"}),
        ("q=rv", set()),
        ("q=billing+sync", set()),
        ("q=vice+ser", {"Service"}),
        ("sort=password&sort=-password", EVERYTHING),
        ("sort=owner__password&page=-1&per=1000000", EVERYTHING),
    ],
)  # fmt: skip
def test_r51_each_facet_finds_its_clients_and_nonsense_narrows_nothing(
    query: str, found: set[str], browser: Browser
) -> None:
    furnish()
    assert names(browser, query) == found


def test_r51_the_numbers_beside_choices_are_what_the_choice_would_show(administrator: User) -> None:
    """The counting room's conditions are those of the list, for every facet, alone and beside another."""
    many_clients.make(150, now=timezone.now())
    asking = Asking(viewer=administrator, now=timezone.now())
    visible = Client.objects.filter(deleted_at=None)
    Client.objects.filter(pk__in=visible.values("pk")[:40]).update(created=timezone.now() - timedelta(days=100))
    for beside in ("", "type=confidential", "q=o&status=active", "secret=ok&grant=client_credentials"):
        to = parse(beside)
        counts = count(visible, to, asking)
        assert counts.matching == narrow(visible, to, asking).count()
        for (name, value), number in counts.choices.items():
            alone = Address(search=to.search, chosen={**to.chosen, name: (value,)})
            assert number == narrow(visible, alone, asking).count(), (beside, name, value)


def test_r51_of_many_clients_only_the_total_is_counted_and_matches_up_to_a_bound(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_clients.make(60, now=timezone.now())
    monkeypatch.setattr(counting, "FEW", 10)
    monkeypatch.setattr(counting, "MOST_COUNTED", 20)
    asking = Asking(viewer=administrator, now=timezone.now())
    visible = Client.objects.filter(deleted_at=None)
    assert count(visible, parse(""), asking).matching == visible.count()
    found = count(visible, parse("type=confidential"), asking)
    assert (found.matching, found.more, found.choices) == (20, True, {})
    rare = count(visible, parse("lifetime=never&type=public"), asking)
    assert not rare.more


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in address.ORDERS for sign in ("", "-")])
def test_r51_pages_of_every_order_hold_every_client_exactly_once(sort: str, administrator: User) -> None:
    many_clients.make(230, now=timezone.now())
    visible = Client.objects.filter(deleted_at=None)
    total, seen = visible.count(), []
    for number in range(1, 6):
        to = Address.read({"sort": [sort], "page": [str(number)]})
        page, clients = page_of(visible, to, count=total)
        assert page.number == number
        seen += [client.pk for client in clients]
    assert len(seen) == total
    assert set(seen) == set(visible.values_list("pk", flat=True))


@pytest.mark.parametrize(
    "query", ["", "q=a&type=public", "owner=me&owner=x&sort=-name&per=200", "use=stale&lifetime=never&status=active"]
)
def test_r51_an_address_survives_being_written_and_read(query: str) -> None:
    once = parse(query)
    assert parse(once.query) == once
    assert once.query == parse("&".join(reversed(query.split("&")))).query


def test_r51_chips_say_what_narrows_and_lead_to_the_list_without_it(browser: Browser) -> None:
    furnish()
    page = Page(browser.get("/clients/?type=public&q=app&sort=name").content.decode())
    chips = page.all("a", class_="chip")
    assert [chip.text for chip in chips] == ["Search app", "Type Public"]
    assert names(browser, chips[1]["href"].removeprefix("?")) == {"App"}
    assert chips[1]["href"] == "?q=app&sort=name"


def test_r51_the_flag_leads_to_the_clients_findings(browser: Browser) -> None:
    furnish()
    page = Page(browser.get("/clients/?q=never").content.decode())
    flag = page.one("a", class_="flag")
    assert flag["href"] == f"/clients/{Client.objects.get(name='Never').pk}/#lint"
    assert "of 100, a serious finding" in flag["title"]


def test_r50_a_deactivated_or_edited_client_stays_in_its_place(browser: Browser) -> None:
    furnish()
    client = Client.objects.get(name="App")
    registration.edit(client=client, facts=facts_of(client), by=BY, now=timezone.now())
    assert names(browser, "") == EVERYTHING


def test_r51_the_dashboards_links_find_what_they_counted(browser: Browser) -> None:
    furnish()
    assert names(browser, "status=active&use=stale") == {"Old", "Idle"}


# ── Views that people keep ──


def kept(browser: Browser, name: str, query: str) -> int:
    return browser.post("/clients/views/", {"name": name, "query": query}).status_code


def test_r51_a_view_is_kept_under_a_name_shown_as_a_tab_and_current_where_one_is(browser: Browser) -> None:
    response = browser.post("/clients/views/", {"name": "  Our   apps ", "query": "per=200&type=public&page=7&evil=1"})
    assert response["Location"] == "/clients/?type=public"
    page = Page(browser.get("/clients/?type=public&per=100").content.decode())
    current = [link for link in page.all("a") if link.get("aria-current") == "true" and "type=public" in link["href"]]
    assert [link.text for link in current] == ["Our apps"]
    assert kept(browser, "Our apps", "type=confidential") == 302
    assert names(browser, "type=confidential") == set()


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("", "Give the view a name."),
        (" \u2003 ", "Give the view a name."),
        ("x" * 61, "at most 60 characters"),
        ("a\x00b", "control characters"),
        ("a\u202eb", "control characters"),
        ("Mine", "everybody"),
    ],
)
def test_r51_a_view_that_cannot_be_kept_says_why_and_loses_nothing(name: str, word: str, browser: Browser) -> None:
    response = browser.post("/clients/views/", {"name": name, "query": "type=public"})
    assert response.status_code == 422
    assert word in response.content.decode()
    assert Page(response.content.decode()).one("input", name="query")["value"] == "type=public"


def test_r51_a_person_keeps_at_most_twenty_views_and_script_in_a_name_is_inert(browser: Browser) -> None:
    for number in range(19):
        assert kept(browser, f"View {number}", f"q={number}") == 302
    assert kept(browser, "<script>alert(1)</script>", "q=<script>") == 302
    assert kept(browser, "One more", "q=z") == 422
    for path in ("/clients/", "/clients/views/", "/clients/?q=%3Cscript%3E"):
        assert "<script>alert" not in browser.get(path).content.decode()


def test_r51_views_are_renamed_and_deleted_by_their_person_alone(
    browser: Browser, sign_in: SignIn, super_administrator: User
) -> None:
    kept(browser, "Ours", "type=public")
    kept(browser, "Theirs", "type=confidential")
    view = SavedView.objects.get(name="Ours")
    other = sign_in(super_administrator)
    assert "Ours" not in other.get("/clients/").content.decode()
    assert other.post(f"/clients/views/{view.pk}/rename/", {"name": "Stolen"}).status_code == 404
    assert other.post(f"/clients/views/{view.pk}/delete/").status_code == 404
    assert browser.post(f"/clients/views/{view.pk}/rename/", {"name": "Theirs"}).status_code == 422
    assert browser.post(f"/clients/views/{view.pk}/rename/", {"name": "Apps"}).status_code == 302
    assert "Apps" in browser.get("/clients/").content.decode()
    assert browser.post(f"/clients/views/{view.pk}/delete/").status_code == 302
    assert browser.post(f"/clients/views/{2**63}/delete/").status_code == 404
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Theirs"]


def test_r59_who_sees_only_the_own_clients_gets_neither_owner_facet_nor_others_names(
    sign_in: SignIn, developer: User
) -> None:
    person("tomas")
    client_named("Own", owner="dev")
    html = sign_in(developer).get("/clients/").content.decode()
    assert "facet-owner" not in html
    assert "tomas" not in html
    assert ">Mine<" not in html
