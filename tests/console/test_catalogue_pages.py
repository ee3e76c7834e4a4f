"""Scopes and APIs in the console (R32, R35, R36): who may open what, changing them, and clients from both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts import server_settings
from accounts.models import User
from audit.models import Event
from clients import registration
from clients.models import Client
from policies import catalogue_changes
from policies.models import Api, Scope
from tests.clients.people import BY, client_named, person

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
ROLES = ("Administrator", "Client manager", "Auditor", "Developer", "")
VIEW, EDIT, CLIENTS, CHANGE = "catalogue.view", "catalogue.edit", "clients.view", "clients.edit"
# (page, answers to ROLES): 200, 404 for another's client, or the permission that is missing.
LADDER = (
    ("scope_list", (200, 200, 200, 200, VIEW)),
    ("scope", (200, 200, 200, 200, VIEW)),
    ("api_list", (200, 200, 200, 200, VIEW)),
    ("api", (200, 200, 200, 200, VIEW)),
    ("scope_new", (200, EDIT, EDIT, EDIT, EDIT)),
    ("scope_edit", (200, EDIT, EDIT, EDIT, EDIT)),
    ("scope_delete", (200, EDIT, EDIT, EDIT, EDIT)),
    ("api_new", (200, EDIT, EDIT, EDIT, EDIT)),
    ("api_edit", (200, EDIT, EDIT, EDIT, EDIT)),
    ("api_delete", (200, EDIT, EDIT, EDIT, EDIT)),
    ("client_scopes", (200, 200, 200, 404, CLIENTS)),
    ("client_scopes_remove", (200, 200, CHANGE, 404, CLIENTS)),
)
POSTS = ("scope_new", "scope_edit", "scope_delete", "api_new", "api_edit", "api_delete")


def api_named(name: str = "Orders", **values: object) -> Api:
    values = {"audience": "https://orders.example", **values}
    catalogue_changes.save_api(name, values, by=BY, now=timezone.now())
    return Api.objects.get(name=name)


def scope_named(name: str = "orders.read", **values: object) -> Scope:
    catalogue_changes.save_scope(name, values, by=BY, now=timezone.now())
    return Scope.objects.get(name=name)


def address(page: str, scope: Scope, api: Api, client: Client) -> str:
    if page.startswith("client_"):
        return reverse(page, args=[client.pk]) + "?element=orders.*"
    numbers = {"scope": scope.pk, "api": api.pk}
    listed = page.endswith(("_list", "_new"))
    return reverse(page, args=[] if listed else [numbers[page.split("_")[0]]])


@pytest.mark.parametrize("role", ROLES)
def test_r59_each_page_of_the_catalogue_answers_each_role_as_the_table_says(role: str, sign_in: SignIn) -> None:
    api, client = api_named(), client_named("Billing sync")
    scope = scope_named(api="Orders")
    browser = sign_in(person("viewer", role) if role else person("viewer"))
    for page, answers in LADDER:
        answer, url = answers[ROLES.index(role)], address(page, scope, api, client)
        for response in [browser.get(url), *([browser.post(url)] if answer != 200 and page in POSTS else [])]:
            assert response.status_code == (answer if isinstance(answer, int) else 403), page
            assert isinstance(answer, int) or answer in response.content.decode(), page
    shown = browser.get(reverse("scope", args=[scope.pk])).content.decode()
    assert ("/edit/" in shown) == (role == "Administrator")
    assert ("/allow/" in shown) == (role in ("Administrator", "Client manager", "Developer"))
    assert ("Billing sync" in shown) == (role in ROLES[:3])
    assert ('href="/scopes/"' in browser.get("/").content.decode()) == bool(role)


@pytest.fixture
def browser(sign_in: SignIn) -> Browser:
    return sign_in(person("ada", "Administrator"))


def test_r32_a_scope_and_its_api_are_registered_changed_and_deleted_on_their_pages(browser: Browser) -> None:
    version = server_settings.current().policy_version
    client_named("Orders API", allowed_scope="authorization.introspect")
    reader = Client.objects.get(name="Orders API")
    form = {"name": "Orders", "audience": "https://orders.example", "introspectors": f"{reader.client_id}\r\n"}
    assert browser.post("/scopes/apis/new/", form).status_code == 302
    api = Api.objects.get(name="Orders")
    form = {"name": "orders.read", "description": "Read orders.", "api": "Orders", "default": "on", "sensitive": ""}
    assert browser.post("/scopes/new/", form).status_code == 302
    scope = Scope.objects.get(name="orders.read")
    assert (scope.api, scope.is_default, scope.is_sensitive) == (api, True, False)
    browser.post(f"/scopes/{scope.pk}/edit/", {"description": "See orders.", "api": "Orders", "sensitive": "on"})
    scope.refresh_from_db()
    assert (scope.description, scope.is_default, scope.is_sensitive) == ("See orders.", False, True)
    shown = browser.get(f"/scopes/apis/{api.pk}/").content.decode()
    assert all(words in shown for words in ("orders.read", "Orders API", "Ready"))
    assert "orders.read" in browser.post(f"/scopes/apis/{api.pk}/delete/").content.decode()
    assert browser.post(f"/scopes/{scope.pk}/delete/").status_code == 302
    assert browser.post(f"/scopes/apis/{api.pk}/delete/").status_code == 302
    assert not Api.objects.filter(name="Orders").exists()
    assert not Scope.objects.filter(name="orders.read").exists()
    kinds = ["api.created", "scope.created", "scope.changed", "scope.deleted", "api.deleted"]
    told = Event.objects.filter(kind__in=kinds).order_by("pk")
    assert list(told.values_list("kind", "actor_name")) == [(kind, "ada") for kind in kinds]
    assert server_settings.current().policy_version == version + 5


@pytest.mark.parametrize(
    ("page", "fields", "said"),
    [
        ("/scopes/new/", {"name": ""}, "A name is required."),
        ("/scopes/new/", {"name": "a b"}, "printable ASCII"),
        ("/scopes/new/", {"name": "a*"}, "cannot hold *"),
        ("/scopes/new/", {"name": "a\x00"}, "printable ASCII"),
        ("/scopes/new/", {"name": "openid"}, "exists"),
        ("/scopes/new/", {"name": "a", "api": "<b>"}, "no API &#x27;&lt;b&gt;&#x27;"),
        ("/scopes/new/", {"name": "a", "description": "x" * 2001}, "at most 2000"),
        ("/scopes/apis/new/", {"name": "Orders"}, "An audience is required."),
        ("/scopes/apis/new/", {"name": "Orders", "audience": "orders"}, "absolute URI"),
        ("/scopes/apis/new/", {"name": "O", "audience": "https://o.example#f"}, "no fragment"),
        ("/scopes/apis/new/", {"name": "O", "audience": "https://taken.example"}, "Another API"),
        ("/scopes/apis/new/", {"name": "O", "audience": "urn:o", "introspectors": "nobody"}, "no client"),
    ],
)
def test_r32_bad_input_is_told_at_its_field_and_writes_nothing(
    page: str, fields: dict[str, str], said: str, browser: Browser
) -> None:
    api_named("Taken", audience="https://taken.example")
    before = Scope.objects.count(), Api.objects.count()
    response = browser.post(page, fields)
    assert response.status_code == 200
    assert said in response.content.decode()
    assert "error-summary" in response.content.decode()
    assert (Scope.objects.count(), Api.objects.count()) == before


def test_a_shipped_scope_stays(browser: Browser) -> None:
    openid = Scope.objects.get(name="openid")
    assert browser.post(f"/scopes/{openid.pk}/delete/").status_code == 409
    assert Scope.objects.filter(name="openid").exists()


def test_r36_only_who_holds_a_sensitive_scope_opens_it_to_everybody_or_deletes_it(sign_in: SignIn) -> None:
    scope = scope_named("vault", sensitive=True)
    browser = sign_in(person("jun", permissions=[VIEW, EDIT]))
    assert "do not hold" in browser.post(f"/scopes/{scope.pk}/edit/", {"description": ""}).content.decode()
    assert browser.post(f"/scopes/{scope.pk}/delete/").status_code == 409
    scope.refresh_from_db()
    assert scope.is_sensitive


def test_r35_a_scopes_page_lists_its_clients_by_name_and_by_wildcard_and_allows_more(browser: Browser) -> None:
    scope = scope_named()
    exact = client_named("Exact", allowed_scope="orders.read ping")
    wide = client_named("Wide", allowed_scope="orders.*")
    other = client_named("Other", allowed_scope="orders.read.all orders.reads xorders.read")
    url = f"/scopes/{scope.pk}/"
    shown = browser.get(url).content.decode()
    assert ("Exact" in shown, "Wide" in shown, "Other" in shown) == (True, True, False)
    assert f"/clients/{exact.pk}/scopes/remove/?element=orders.read" in shown
    assert f"/clients/{wide.pk}/scopes/remove/" not in shown
    assert browser.post(f"{url}allow/", {"client": other.client_id}).status_code == 302
    other.refresh_from_db()
    assert other.allowed_scope.split()[-1] == "orders.read"
    assert other.revision == 2
    assert Event.objects.filter(kind="client.changed", subject_id=str(other.pk)).count() == 1
    assert "There is no client" in browser.post(f"{url}allow/", {"client": "<i>"}).content.decode()
    listed = browser.get("/scopes/?q=orders").content.decode()
    everything = Client.objects.filter(allowed_scope="*", deleted_at=None).count()
    assert f"{3 + everything}<span" in listed


def test_r43_r36_allowing_from_the_scopes_page_holds_to_protection_and_to_what_is_held(sign_in: SignIn) -> None:
    secret, plain = scope_named("vault", sensitive=True), scope_named("ping")
    client = client_named("Guarded")
    browser = sign_in(person("max", "Client manager"))
    refused = browser.post(f"/scopes/{secret.pk}/allow/", {"client": f"#{client.pk}"}).content.decode()
    assert "You do not hold vault" in refused
    registration.protect(client=client, by=BY, reason="Ask Treasury.", now=timezone.now())
    refused = browser.post(f"/scopes/{plain.pk}/allow/", {"client": f"#{client.pk}"}).content.decode()
    assert "Ask Treasury." in refused
    client.refresh_from_db()
    assert client.allowed_scope == "orders.*"


def test_r33_the_tab_says_of_each_element_what_it_covers(browser: Browser) -> None:
    scope_named("orders.read", description="Read orders.")
    scope_named("orders.void", sensitive=True)
    client = client_named("Sync", allowed_scope="orders.* openid gone")
    shown = browser.get(f"/clients/{client.pk}/scopes/").content.decode()
    assert "Every scope that begins with orders., later ones too. Today 2:" in shown
    assert "1 sensitive" in shown
    assert "Not in the catalogue" in shown
    assert shown.index("orders.void") < shown.index("orders.read")
    added = browser.post(f"/clients/{client.pk}/scopes/add/", {"elements": "ping *.read", "revision": "1"})
    assert added.status_code == 302
    client.refresh_from_db()
    assert client.allowed_scope == "orders.* openid gone ping *.read"
    late = browser.post(f"/clients/{client.pk}/scopes/add/", {"elements": "late", "revision": "1"}).content.decode()
    assert "meanwhile" in late
    assert "never one" not in late
    bad = browser.post(f"/clients/{client.pk}/scopes/add/", {"elements": 'a"b'}).content.decode()
    assert "is not a scope or a pattern" in bad


@pytest.mark.parametrize("revoke", [False, True])
def test_r35_removing_names_what_is_lost_and_revokes_only_where_it_is_ticked(revoke: bool, browser: Browser) -> None:
    scope_named("orders.read")
    scope_named("orders.write")
    client = client_named("Sync", allowed_scope="orders.* orders.read")
    url = f"/clients/{client.pk}/scopes/remove/"
    asked = browser.get(url, {"element": "orders.*"}).content.decode()
    assert "<strong>1</strong> scope that it can no longer be granted: <code>orders.write</code>" in asked
    assert "<strong>1</strong> scope that it keeps" in asked
    form = {"element": "orders.*", "revision": "1", **({"revoke": "yes"} if revoke else {})}
    assert browser.post(url, form).status_code == 302
    before = client.token_epoch
    client.refresh_from_db()
    assert client.allowed_scope == "orders.read"
    assert client.token_epoch == before + int(revoke)
    assert browser.get(url, {"element": "orders.*"}).status_code == 404


def test_a_script_in_what_is_typed_is_text_on_every_page(browser: Browser) -> None:
    bad = "<script>alert(1)</script>"
    api = api_named(bad, description=bad, audience="urn:orders")
    scope = scope_named("orders.read", description=bad, api=bad)
    client = client_named("Sync")
    for page, _ in LADDER:
        assert "<script>alert" not in browser.get(address(page, scope, api, client)).content.decode(), page


def test_the_lists_cost_the_same_for_one_row_and_for_five_hundred(
    browser: Browser, django_assert_max_num_queries: Any
) -> None:
    api = api_named()
    Scope.objects.bulk_create(Scope(name=f"orders.{number:03}", api=api) for number in range(500))
    client_named("Sync", allowed_scope="orders.0* orders.*1")
    with django_assert_max_num_queries(9):
        shown = browser.get(f"/scopes/?api=none&api={api.pk}&q=orders&sort=-name&page=2").content.decode()
    assert "51–100 of 500 scopes" in shown
    with django_assert_max_num_queries(14):
        browser.get(f"/scopes/apis/{api.pk}/")
    client = Client.objects.get(name="Sync")
    assert "more</summary>" in browser.get(f"/clients/{client.pk}/scopes/").content.decode()
