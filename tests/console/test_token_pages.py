"""The tokens page (R63): who may open and post what, what it shows and never shows, and what revoking does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from tests.clients.people import client_named, person
from tests.console import issued
from tests.console.html import Page
from tests.console.issued import Scene, code_of, ids, refresh_tokens_of
from tokens import families
from tokens.console import walking
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]

ROLES = ("Administrator", "Client manager", "Auditor", "owner", "Developer", "")
VIEW, REVOKE = "tokens.view", "tokens.revoke"
# The answer to each role: a status, or the permission that the refusal names. An owner owns the client of the token.
LADDER: tuple[tuple[str, str, tuple[int | str, ...]], ...] = (
    ("token_list", "get", (200, 200, 200, 200, 200, VIEW)),
    ("token_find", "get", (200, 200, 200, 200, 200, VIEW)),
    ("token_find", "post", (404, 404, 404, 404, 404, VIEW)),
    ("token_page", "get", (200, 200, 200, 200, 404, VIEW)),
    ("token_revoke", "get", (200, 200, REVOKE, 200, 404, VIEW)),
    ("token_revoke", "post", (302, 302, REVOKE, 302, 404, VIEW)),
    ("token_run_prepare", "post", (302, 302, REVOKE, 302, 404, REVOKE)),
    ("client_tokens", "get", (200, 200, 200, 200, 404, "clients.view")),
)


@pytest.fixture
def scene() -> Scene:
    return issued.scene()


def viewer(role: str) -> User:
    if role == "owner":
        return person("owner", "Developer")
    return person("viewer", role) if role else person("viewer")


@pytest.mark.parametrize(
    ("page", "verb", "role", "answer"),
    [(page, verb, role, answer) for page, verb, row in LADDER for role, answer in zip(ROLES, row, strict=True)],
)
def test_r59_and_r63_each_page_answers_each_role_as_the_table_says(
    page: str, verb: str, role: str, answer: int | str, scene: Scene, sign_in: SignIn
) -> None:
    args = {
        "token_page": [f"at_{scene.token.pk}"],
        "token_revoke": [f"at_{scene.token.pk}"],
        "client_tokens": [scene.client.pk],
    }
    form = {"query": f"client={scene.client.pk}", "token": "nonsense"} if verb == "post" else {}
    response = getattr(sign_in(viewer(role)), verb)(reverse(page, args=args.get(page, [])), form)
    if isinstance(answer, str):
        assert response.status_code == 403
        assert answer in response.text
    else:
        assert response.status_code == answer
    scene.token.refresh_from_db()
    assert (scene.token.revoked_at is not None) is (page == "token_revoke" and answer == 302)


def test_r59_the_steps_of_a_run_belong_to_whoever_began_it(scene: Scene, sign_in: SignIn) -> None:
    mine = sign_in(person("ada", "Administrator"))
    address = mine.post(reverse("token_run_prepare"), {"query": ""})["Location"]
    for role in ("Auditor", "owner", ""):
        other = sign_in(viewer(role))
        assert other.get(address).status_code in (403, 404)
        assert other.post(f"{address}step/").status_code in (403, 404)
    assert mine.get(address).status_code == 200


def test_r59_a_run_stops_when_its_permission_is_taken(scene: Scene, sign_in: SignIn) -> None:
    ada = person("ada", "Administrator")
    browser = sign_in(ada)
    address = browser.post(reverse("token_run_prepare"), {"query": ""})["Location"]
    browser.post(address)
    ada.groups.clear()
    assert browser.post(f"{address}step/").status_code == 403
    assert not AccessToken.objects.exclude(revoked_at=None).exists()


@pytest.fixture
def browser(sign_in: SignIn) -> Browser:
    return sign_in(person("ada", "Administrator"))


# ── The list ──


def test_r63_the_list_shows_all_kinds_newest_first_with_their_states(browser: Browser) -> None:
    client, noor = client_named("Courier app"), person("noor")
    whole = issued.refreshed(client, noor, times=1)
    waiting = issued.device(client)
    never = issued.access(client, expires=None)
    page = browser.get("/tokens/").text
    assert ids(page)[:2] == [f"at_{never.pk}", f"dc_{waiting.pk}"]
    assert len(ids(page)) == 2 + 5
    for words in ("Live", "Waiting", "Expired", "Rotated", "Redeemed", "noor", "The client itself", "Nobody yet"):
        assert words in page, words
    families.revoke(whole.pk, now=timezone.now())
    assert "Revoked" in browser.get("/tokens/").text


FILTERS = {
    "kind=refresh": {"rt1", "rt2"},
    "kind=code&kind=device": {"ac", "dc"},
    "state=live": {"own", "never", "dc", "rt2", "at2"},
    "state=expired": {"at1", "old"},
    "state=used": {"rt1", "ac"},
    "state=revoked": {"revoked"},
    "state=revoked&state=expired": {"revoked", "at1", "old"},
    "expiry=never": {"never"},
    "scope=openid": {"rt1", "rt2", "ac"},
    "scope=order": set(),
    "scope=ORDERS.READ": set(),
    "scope=ping": {"never"},
    "kind=access&state=live&scope=orders.read": {"own", "at2"},
    "user=noor": {"rt1", "rt2", "ac", "at1", "at2"},
    "client=other": {"revoked"},
    "client=other&user=noor": set(),
    "user=service": {"own", "never", "old"},
    "client=9223372036854775807": None,
    "state=reused": set(),
}


@pytest.fixture
def named() -> dict[str, str]:
    """Rows by the names that FILTERS calls them."""
    client, other, noor = client_named("Courier app"), client_named("Other app"), person("noor")
    now = timezone.now()
    whole = issued.refreshed(client, noor, times=1)
    old_at, new_at = AccessToken.objects.filter(family=whole).order_by("pk")
    first, second = refresh_tokens_of(whole)
    return {
        f"ac_{code_of(whole)}": "ac",
        f"rt_{first}": "rt1",
        f"rt_{second}": "rt2",
        f"at_{old_at.pk}": "at1",
        f"at_{new_at.pk}": "at2",
        f"at_{issued.access(client).pk}": "own",
        f"at_{issued.access(client, expires=None, scope='ping').pk}": "never",
        f"at_{issued.access(client, created=now - timedelta(days=2), expires=now - timedelta(days=1)).pk}": "old",
        f"at_{issued.access(other, revoked_at=now).pk}": "revoked",
        f"dc_{issued.device(client).pk}": "dc",
        "client": str(other.pk),
        "noor": str(noor.pk),
        "service": str(client.service_account_id),
    }


@pytest.mark.parametrize("window", [10_000, 1])
@pytest.mark.parametrize("query", FILTERS)
def test_r63_each_filter_finds_what_the_table_says(
    query: str, window: int, named: dict[str, str], browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a look may pass over: then it takes more pages, but finds the same."""
    monkeypatch.setattr(walking, "WINDOW", window)
    if window == 1:
        monkeypatch.setattr(walking, "FEW", -1)
    address = query.replace("client=other", f"client={named['client']}").replace("user=noor", f"user={named['noor']}")
    address = address.replace("user=service", f"user={named['service']}")
    found: list[str] = []
    for _ in range(20):
        page = browser.get(f"/tokens/?{address}").text
        found += ids(page)
        further = [a["href"] for a in Page(page).all("a") if a.text in ("Older", "Look further")]
        if not further:
            break
        address = further[0].split("?")[1]
    wanted = FILTERS[query]
    if wanted is None:
        assert "no client of this number" in page
        return
    assert len(found) == len(set(found))
    assert {named[one] for one in found} == wanted


def test_r63_pages_hold_every_row_once_in_order_while_new_ones_are_issued(browser: Browser) -> None:
    client, noor = client_named("Courier app"), person("noor")
    start = timezone.now() - timedelta(days=2)
    for number in range(40):
        issued.refreshed(client, noor, times=0, start=start + timedelta(minutes=number))
    seen: list[str] = []
    address = "/tokens/"
    while True:
        page = browser.get(address).text
        seen += ids(page)
        issued.access(client)
        older = Page(page).all("a", rel="next")
        if not older:
            break
        address = older[0]["href"]
    assert len(seen) == len(set(seen)) == 120
    numbers = {kind: [int(one[3:]) for one in seen if one.startswith(kind)] for kind in ("at", "rt", "ac")}
    assert all(rows == sorted(rows, reverse=True) and len(rows) == 40 for rows in numbers.values())


def test_r63_the_list_costs_the_same_statements_for_any_number_of_rows(browser: Browser) -> None:
    client, noor = client_named("Courier app"), person("noor")

    def statements(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address).status_code == 200
        return len(queries)

    issued.refreshed(client, noor, times=1)
    addresses = ("/tokens/", "/tokens/?state=live&scope=openid", f"/tokens/?user={noor.pk}")
    few = [statements(address) for address in addresses]
    for _ in range(30):
        issued.refreshed(client_named(f"App {_}"), noor, times=1)
    assert [statements(address) for address in addresses] == few
    assert max(few) <= 20


def test_r63_a_typed_client_or_user_becomes_a_number_in_the_address(browser: Browser) -> None:
    client, noor = client_named("Courier app"), person("noor")
    answer = browser.get("/tokens/", {"of": client.client_id, "by": "noor", "kind": "access"})
    assert answer["Location"] == f"/tokens/?kind=access&client={client.pk}&user={noor.pk}"
    page = browser.get("/tokens/", {"of": "nobody<script>", "by": "x\0y"}).text
    assert "There is no client" in page
    assert "<script>alert" not in page


HOSTILE = (
    "client=99999999999999999999999", "client=-1", "client=%00", "client=1.5", "user=²", "kind=%27", "state=nope",
    "before=1.2", "before=99999999999999999999.1.1.1", "before=0.0.0.0", "before=%00.1.1.1", "scope=%00",
    "scope=%25_%27%22%3Cscript%3E", "expiry=1", "scope=" + "a" * 3000,
    "of=%23999999999999999999", "by=" + "%F0%9F%92%A9" * 99,
)  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_r63_no_address_breaks_the_list(query: str, scene: Scene, browser: Browser) -> None:
    response = browser.get(f"/tokens/?{query}", follow=True)
    assert response.status_code == 200
    assert "<script>" not in response.text.split("<main", 1)[1]


@pytest.mark.parametrize(
    "public_id", ["at_0", "at_9223372036854775808", "at_" + "9" * 40, "at_", "xx_1", "at_1_1", "AT_1", "fam_77", "at_٣"]
)
def test_r63_a_forged_id_is_not_found(public_id: str, browser: Browser) -> None:
    for address in (f"/tokens/{public_id}/", f"/tokens/{public_id}/revoke/"):
        assert browser.get(address).status_code == 404


def test_r63_names_are_shown_as_text(browser: Browser) -> None:
    client = client_named("Courier app")
    Client.objects.filter(pk=client.pk).update(name="<script>alert(1)</script>")
    row = issued.access(client)
    for address in (
        "/tokens/",
        f"/tokens/?client={client.pk}",
        f"/tokens/at_{row.pk}/",
        f"/tokens/at_{row.pk}/revoke/",
    ):
        page = browser.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


# ── Whose tokens ──


def test_r59_an_owner_sees_the_own_clients_alone(sign_in: SignIn) -> None:
    owner = person("owner", "Developer")
    first, second, foreign = (
        client_named("First", owner="owner"),
        client_named("Second", owner="owner"),
        client_named("Foreign"),
    )
    rows = {client: issued.valued(client) for client in (first, second, foreign)}
    browser = sign_in(owner)
    assert [a.text for a in Page(browser.get("/tokens/").text).all("a", class_="lead")] == ["Second", "First"]
    assert ids(browser.get(f"/tokens/?client={first.pk}").text) == [f"at_{rows[first][0].pk}"]
    page = browser.get(f"/tokens/?client={foreign.pk}").text
    assert "no client of this number" in page
    assert not ids(page)
    assert browser.post("/tokens/find/", {"token": rows[foreign][1]}).status_code == 404
    assert browser.post("/tokens/find/", {"token": rows[first][1]}).status_code == 302
    for query in ("", f"client={foreign.pk}", "kind=access"):
        assert browser.post("/tokens/revoke/", {"query": query}).status_code == 404
    assert browser.post("/tokens/revoke/", {"query": f"client={first.pk}"}).status_code == 302


def test_r59_an_auditor_is_offered_no_button_that_would_be_refused(scene: Scene, sign_in: SignIn) -> None:
    auditor = sign_in(person("ann", "Auditor"))
    for address in ("/tokens/", f"/tokens/at_{scene.token.pk}/", f"/clients/{scene.client.pk}/tokens/"):
        assert (
            "Revoke" not in Page(auditor.get(address).text.split("<main", 1)[1]).all("div", class_="page-head")[0].text
        )


def test_the_client_has_a_tab_of_its_tokens(scene: Scene, browser: Browser) -> None:
    other = issued.access(client_named("Other app"))
    page = browser.get(f"/clients/{scene.client.pk}/tokens/").text
    assert ids(page) == [f"at_{scene.token.pk}"]
    assert f"at_{other.pk}" not in page
    tabs = [a.text for a in Page(page).all("a") if a.get("aria-current") == "page" and a.inside.count("nav")]
    assert "Tokens" in tabs
    assert reverse("client_revoke_tokens", args=[scene.client.pk]) in page
    assert browser.get(f"/clients/{scene.client.pk}/tokens/?by=ada&kind=access")["Location"].endswith(
        f"/tokens/?kind=access&user={User.objects.get(username='ada').pk}"
    )
