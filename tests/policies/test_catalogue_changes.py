"""R32, R56: changing scopes and APIs, by the documents' words: what is kept, refused, recorded and announced."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit
from accounts import server_settings
from accounts.permissions import Permission, scope_of
from audit.models import Event
from policies.catalogue_changes import CatalogueRefused, audience_fault, save_api, save_scope
from policies.models import Api, Scope
from policies.shipped import API_AUDIENCE, SHIPPED_SCOPES, put_in_place
from tests.clients.people import BY, registered

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ORDERS = "https://orders.example"

# ── Audiences: no database ──

GOOD_AUDIENCES = [
    "https://orders.example",
    "https://orders.example/",
    "https://orders.example/v1?tenant=7",
    "HTTPS://ORDERS.example/v1",
    "https://orders.example:8443/a%20b",
    "https://[2001:db8::1]:8443/",
    "http://localhost:8000",
    "urn:example:orders",
    "com.example.orders:/api",
    "tag:example.com,2026:orders",
    "https://a.example/" + "x" * (2000 - len("https://a.example/")),
]
BAD_AUDIENCES = {
    "": "1 to 2000",
    "https://a.example/" + "x" * 2000: "1 to 2000",
    "https://orders.example#": "no fragment",
    "https://orders.example/#part": "no fragment",
    "https://orders.example/a b": "without spaces",
    "https://orders.example/\t": "without spaces",
    "https://orders.example/\r\nX-Header: 1": "without spaces",
    "https://orders.example/\x00": "without spaces",
    "https://órders.example": "percent-encoded",
    'https://orders.example/"': "percent-encoded",
    "https://orders.example/<script>": "percent-encoded",
    "https://orders.example\\@evil.example": "percent-encoded",
    "https://orders.example/{tenant}": "percent-encoded",
    "https://orders.example/%zz": "percent-encoded",
    "https://orders.example/%": "percent-encoded",
    "https://[::1": "not a URI",
    "https://orders.example:port": "not a URI",
    "https://orders.example:99999": "not a URI",
    "/orders": "absolute",
    "orders": "absolute",
    "//orders.example": "absolute",
    "orders.example/v1": "absolute",
    ":orders": "absolute",
    "1a:orders": "absolute",
    "https://": "absolute",
    "https:///orders": "absolute",
    "HTTPS:///orders": "absolute",
    "https://:8443/orders": "absolute",
    "urn:": "absolute",
}


@pytest.mark.once
@pytest.mark.parametrize("audience", GOOD_AUDIENCES)
def test_rfc8707_an_absolute_uri_without_fragment_is_an_audience(audience: str) -> None:
    assert audience_fault(audience) is None


@pytest.mark.once
@pytest.mark.parametrize("audience", BAD_AUDIENCES)
def test_rfc8707_anything_else_is_none(audience: str) -> None:
    assert BAD_AUDIENCES[audience] in str(audience_fault(audience))


# ── Saving ──


def scope(name: str = "orders.read", **values: Any) -> dict[str, list[Any]]:
    return save_scope(name, values, by=BY, now=NOW)


def api(name: str = "Orders", **values: Any) -> dict[str, list[Any]]:
    return save_api(name, values, by=BY, now=NOW)


def version() -> int:
    return server_settings.current().policy_version


@pytest.fixture
def orders(db: None) -> Api:
    registered(client_id="reader", name="Reader")
    api(audience=ORDERS, description="Orders", introspectors=["reader"])
    scope(description="Read orders", api="Orders", default=True, sensitive=False)
    return Api.objects.get(name="Orders")


@pytest.mark.usefixtures("orders")
def test_r32_a_new_scope_is_what_its_values_say_and_the_rest_takes_its_default() -> None:
    changes = scope("orders.write", sensitive=True)
    stored = Scope.objects.get(name="orders.write")
    assert (stored.description, stored.api, stored.is_default, stored.is_sensitive) == ("", None, False, True)
    assert not stored.shipped
    assert changes == {"description": [None, ""], "default": [None, False], "sensitive": [None, True]}


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        ({}, {}),
        ({"description": "Read orders", "api": "Orders", "default": True, "sensitive": False}, {}),
        ({"description": "  Read orders\r\n"}, {}),
        ({"description": "Read all"}, {"description": ["Read orders", "Read all"]}),
        ({"api": None}, {"api": ["Orders", None]}),
        ({"api": ""}, {"api": ["Orders", None]}),
        ({"default": False, "sensitive": True}, {"default": [True, False], "sensitive": [False, True]}),
    ],
)
@pytest.mark.usefixtures("orders")
def test_a_changed_scope_keeps_what_is_left_out_and_says_what_differs(
    values: dict[str, Any], changes: dict[str, list[Any]]
) -> None:
    before, events = version(), Event.objects.count()
    assert scope(**values) == changes
    assert scope(**values) == {}
    assert version() == before + bool(changes)
    assert Event.objects.count() == events + bool(changes)


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        ({}, {}),
        ({"audience": ORDERS, "introspectors": ["reader"]}, {}),
        ({"audience": ORDERS + "/v2"}, {"audience": [ORDERS, ORDERS + "/v2"]}),
        ({"introspectors": []}, {"introspectors": [["reader"], []]}),
        ({"introspectors": ["second", "reader"]}, {"introspectors": [["reader"], ["reader", "second"]]}),
        ({"description": "Line\r\nline "}, {"description": ["Orders", "Line\nline"]}),
    ],
)
@pytest.mark.usefixtures("orders")
def test_r56_a_changed_api_keeps_what_is_left_out_and_says_what_differs(
    values: dict[str, Any], changes: dict[str, list[Any]]
) -> None:
    registered(client_id="second", name="Second")
    before, events = version(), Event.objects.count()
    assert api(**values) == changes
    assert api(**values) == {}
    assert version() == before + bool(changes)
    assert Event.objects.count() == events + bool(changes)


@pytest.mark.usefixtures("orders")
def test_every_change_is_an_event_with_who_when_what_old_and_new() -> None:
    scope(sensitive=True)
    api(introspectors=[])
    events = Event.objects.filter(subject_kind__in=("scope", "api")).order_by("pk")
    assert [event.kind for event in events] == ["api.created", "scope.created", "scope.changed", "api.changed"]
    changed, api_changed = events[2], events[3]
    assert (changed.actor_name, changed.address, changed.at) == (BY.name, BY.address, NOW)
    assert (changed.subject_name, changed.changes) == ("orders.read", {"sensitive": [False, True]})
    assert (api_changed.subject_id, api_changed.subject_name) == (Api.objects.get(name="Orders").pk, "Orders")
    assert api_changed.changes == {"introspectors": [["reader"], []]}


SCOPE_FAULTS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "empty": ("", {}, ["name"]),
    "a star": ("orders.*", {}, ["name"]),
    "a comma": ("a,b", {}, ["name"]),
    "a space": ("a b", {}, ["name"]),
    "a quote": ('a"b', {}, ["name"]),
    "a backslash": ("a\\b", {}, ["name"]),
    "another script": ("é", {}, ["name"]),
    "a line end": ("a\n", {}, ["name"]),
    "101 characters": ("x" * 101, {}, ["name"]),
    "an unknown API": ("s", {"api": "Nowhere"}, ["api"]),
    "an API in another case": ("s", {"api": "orders"}, ["api"]),
    "control characters": ("s", {"description": "a\x1b[31m"}, ["description"]),
    "a right-to-left command": ("s", {"description": "a\u202eb"}, ["description"]),
    "a long description": ("s", {"description": "x" * 2001}, ["description"]),
    "everything": ("a*", {"description": "\x07", "api": "?"}, ["name", "description", "api"]),
}


@pytest.mark.parametrize(("name", "values", "keys"), SCOPE_FAULTS.values(), ids=SCOPE_FAULTS)
@pytest.mark.usefixtures("orders")
def test_r32_an_unsound_scope_is_refused_with_all_its_faults_and_leaves_nothing(
    name: str, values: dict[str, Any], keys: list[str]
) -> None:
    before = (version(), Event.objects.count(), list(Scope.objects.order_by("pk").values()))
    with pytest.raises(CatalogueRefused) as refused:
        save_scope(name, values, by=BY, now=NOW)
    assert [key for key, _ in refused.value.faults] == keys
    assert (version(), Event.objects.count(), list(Scope.objects.order_by("pk").values())) == before


API_FAULTS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "no name": ("", {"audience": "https://a.example"}, ["name"]),
    "a blank name": (" ", {"audience": "https://a.example"}, ["name"]),
    "a space at the end": ("Orders ", {"audience": "https://a.example"}, ["name"]),
    "a line end": ("A\nB", {"audience": "https://a.example"}, ["name"]),
    "a right-to-left command": ("A\u202eB", {"audience": "https://a.example"}, ["name"]),
    "101 characters": ("x" * 101, {"audience": "https://a.example"}, ["name"]),
    "no audience": ("New", {}, ["audience"]),
    "a fragment": ("New", {"audience": "https://a.example/#x"}, ["audience"]),
    "another's audience": ("New", {"audience": ORDERS}, ["audience"]),
    "an unknown introspector": ("Orders", {"introspectors": ["reader", "nobody"]}, ["introspectors"]),
    "two of them": ("Orders", {"introspectors": ["a", "b"]}, ["introspectors", "introspectors"]),
    "a deleted introspector": ("Orders", {"introspectors": ["gone"]}, ["introspectors"]),
    "a long description": ("Orders", {"description": "x" * 2001}, ["description"]),
    "everything": ("", {"description": "\x07", "introspectors": ["?"]},
                   ["name", "audience", "description", "introspectors"]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "values", "keys"), API_FAULTS.values(), ids=API_FAULTS)
def test_r56_an_unsound_api_is_refused_with_all_its_faults_and_leaves_nothing(
    orders: Api, name: str, values: dict[str, Any], keys: list[str]
) -> None:
    gone = registered(client_id="gone", name="Gone").client
    type(gone).objects.filter(pk=gone.pk).update(deleted_at=NOW, name_key=None)
    before = (version(), Event.objects.count(), list(Api.objects.values()))
    with pytest.raises(CatalogueRefused) as refused:
        save_api(name, values, by=BY, now=NOW)
    assert [key for key, _ in refused.value.faults] == keys
    assert (version(), Event.objects.count(), list(Api.objects.values())) == before
    assert [client.client_id for client in orders.introspectors.all()] == ["reader"]


@pytest.mark.usefixtures("orders")
def test_a_deleted_introspector_falls_away_without_being_a_change() -> None:
    registered(client_id="second", name="Second")
    api(introspectors=["reader", "second"])
    second = registered(client_id="third", name="Third").client
    type(second).objects.filter(client_id="second").update(deleted_at=NOW, name_key=None)
    assert api(introspectors=["reader"]) == {}
    assert api(description="New") == {"description": ["Orders", "New"]}
    assert [client.client_id for client in Api.objects.get(name="Orders").introspectors.all()] == ["reader"]


@pytest.mark.django_db
def test_a_change_and_its_event_stand_or_fall_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("The trail cannot be written.")

    before = version()
    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError, match="trail"):
        scope("lonely")
    assert not Scope.objects.filter(name="lonely").exists()
    assert version() == before


@pytest.mark.usefixtures("orders")
def test_what_does_not_change_writes_nothing() -> None:
    with CaptureQueriesContext(connection) as statements:
        scope(description="Read orders")
        api(audience=ORDERS)
    assert [s["sql"] for s in statements if s["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []


@pytest.mark.django_db
def test_the_shipped_catalogue_is_in_place_and_a_later_migrate_leaves_what_people_changed() -> None:
    shipped = Scope.objects.filter(shipped=True)
    assert set(shipped.filter(api=None).values_list("name", flat=True)) == set(SHIPPED_SCOPES)
    own = shipped.filter(api__audience=API_AUDIENCE, is_sensitive=True).values_list("name", flat=True)
    assert set(own) == {scope_of(permission) for permission in Permission}
    assert Scope.objects.get(name="authorization.introspect").is_sensitive
    scope("openid", description="Say who you are.", default=True)
    Scope.objects.filter(name="phone").delete()
    put_in_place()
    openid = Scope.objects.get(name="openid")
    assert (openid.description, openid.is_default, openid.shipped) == ("Say who you are.", True, True)
    assert Scope.objects.filter(name="phone").exists()


@pytest.mark.django_db
def test_an_event_is_dated_by_the_callers_clock() -> None:
    scope("dated")
    assert Event.objects.get(kind="scope.created").at == NOW < timezone.now()
