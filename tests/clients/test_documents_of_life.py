"""What documents say beside a client's facts: deleting and restoring (R47), API permissions (R9), protection (R44)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import server_settings
from audit.models import Event
from clients import registration
from clients.documents.applying import apply_client
from clients.documents.document import to_document
from clients.documents.planning import ClientPlan, DocumentRefused, Planner, plan_client
from clients.life.lifecycle import RESTORABLE_FOR
from clients.models import Client
from clients.secrets import credentials, rotation
from clients.secrets.prepared_secrets import prepare_secrets
from tests.clients.people import BY, client_named, person, registered

pytestmark = pytest.mark.django_db
ROW: dict[str, Any] = {"clientId": "billing", "name": "Billing sync", "owner": "mara", "grants": ["client_credentials"]}


@pytest.fixture(autouse=True)
def _owner() -> None:
    person("mara")


def apply(**row: Any) -> ClientPlan:
    plan = plan_client({**ROW, **row}, now=timezone.now())
    apply_client(plan, by=BY, now=timezone.now())
    return plan


def refusals(**row: Any) -> list[str]:
    with pytest.raises(DocumentRefused) as refusal:
        plan_client({**ROW, **row}, now=timezone.now())
    return [str(fault) for fault in refusal.value.faults]


def billing() -> Client:
    client: Client = Client.objects.select_related("owner", "service_account").get(client_id="billing")
    return client


def kinds() -> set[str]:
    return set(Event.objects.values_list("kind", flat=True))


# ── Deleting and restoring ──


def test_r47_true_deletes_a_live_client_and_says_so_once() -> None:
    apply()
    plan = apply(softDeleted=True, description="Last words.")
    assert plan.changes == {"description": ["", "Last words."], "softDeleted": [False, True]}
    assert (billing().deleted_at is not None, billing().description) == (True, "Last words.")
    events = Event.objects.count()
    assert apply(softDeleted=True, description="Last words.").action == "none"
    assert Event.objects.count() == events


def test_r47_true_makes_nothing_of_a_client_that_is_not_there() -> None:
    clients = Client.objects.count()
    assert apply(softDeleted=True).action == "none"
    assert Client.objects.count() == clients


def test_r47_false_restores_a_deleted_client_and_changes_it_in_the_same_row() -> None:
    apply()
    apply(softDeleted=True)
    client_named("Billing sync")
    assert "exists. Choose another name" in refusals(softDeleted=False)[0]
    plan = apply(softDeleted=False, version="2", description="Back.")
    assert plan.changes["softDeleted"] == [True, False]
    assert (billing().deleted_at, billing().version, billing().description) == (None, "2", "Back.")
    assert "client.restored" in kinds()


def test_r47_left_out_a_deleted_client_is_neither_restored_nor_changed() -> None:
    apply()
    apply(softDeleted=True)
    for row in ({}, {"description": "x"}, {"softDeleted": True, "description": "x"}):
        assert refusals(**row) == [
            'clients[0].clientId: A client of this id was deleted. Say "softDeleted": false to restore it, '
            "or choose another id."
        ]


def test_r47_after_its_time_a_document_cannot_restore_it_either() -> None:
    apply()
    apply(softDeleted=True)
    Client.objects.filter(client_id="billing").update(deleted_at=timezone.now() - RESTORABLE_FOR - timedelta(days=1))
    assert refusals(softDeleted=False)[0].startswith("clients[0].softDeleted: The time")


def test_r48_the_document_of_a_deleted_client_says_so_and_changes_nothing() -> None:
    apply(apiPermissions=["clients.view"])
    apply(softDeleted=True)
    document = to_document(billing())
    assert document["softDeleted"] is True
    assert plan_client(document, now=timezone.now()).action == "none"


def test_r47_a_new_client_may_be_inactive_but_not_deleted_by_its_first_row() -> None:
    apply(active=False, softDeleted=False)
    assert (billing().is_active, billing().deleted_at) == (False, None)


# ── API permissions ──


def test_r9_api_permissions_are_what_the_service_account_holds_directly() -> None:
    plan = apply(apiPermissions=["clients.view", "audit.view"])
    account = billing().service_account
    assert account is not None
    assert plan.changes["apiPermissions"] == [[], ["audit.view", "clients.view"]]
    assert account.permissions == ["audit.view", "clients.view"]
    assert to_document(billing())["apiPermissions"] == ["audit.view", "clients.view"]
    assert apply(apiPermissions=["clients.view", "audit.view"]).action == "none"
    assert apply().action == "none"


def test_r9_a_change_of_them_stands_in_the_trail_of_client_and_account() -> None:
    apply(apiPermissions=["clients.view"])
    apply(apiPermissions=[])
    event = Event.objects.filter(kind="client.permissions_changed").latest("pk")
    assert event.changes == {"apiPermissions": [["clients.view"], []]}
    account = Event.objects.filter(kind="user.changed").latest("pk")
    assert (account.subject_name, account.changes) == ("billing", {"permissions": [["clients.view"], []]})


def test_r9_unknown_names_are_refused_and_so_is_a_client_without_an_account() -> None:
    assert refusals(apiPermissions=["clients.fly"]) == [
        "clients[0].apiPermissions: There is no permission 'clients.fly'."
    ]
    public = {"type": "public", "grants": ["personal_access_token"]}
    assert "no service account" in refusals(apiPermissions=["clients.view"], **public)[0]
    apply(apiPermissions=[], **public)


def test_r11_becoming_public_takes_the_permissions_with_the_account() -> None:
    apply(apiPermissions=["clients.view"])
    public = {"type": "public", "grants": ["personal_access_token"]}
    assert "no service account" in refusals(apiPermissions=["clients.view"], **public)[0]
    apply(apiPermissions=[], **public)
    assert to_document(billing())["apiPermissions"] == []


# ── Protection ──


def test_r44_the_setting_makes_protection_bind_documents_too() -> None:
    apply()
    registration.protect(client=billing(), by=BY, reason="Ask Treasury.", now=timezone.now())
    server_settings.change(by=BY, values={"protectionBindsApi": True})
    for row in ({"description": "x"}, {"softDeleted": True}, {"active": False}, {"apiPermissions": ["clients.view"]},
                {"clientSecret": "a-Very-good-secret-1"}):  # fmt: skip
        assert refusals(**row) == ["clients[0]: This client is protected by mara: Ask Treasury."]
    assert apply().action == "none"
    server_settings.change(by=BY, values={"protectionBindsApi": False})
    apply(description="x")
    assert Event.objects.get(kind="client.changed").detail["protectionBypassed"] is True


# ── Secrets ──


def test_a_secret_is_hashed_before_the_transaction_and_used_while_the_stored_ones_are_those_of_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [{**ROW, "clientSecret": "a-Very-good-secret-1"}]
    prepared = prepare_secrets(rows, now=timezone.now())
    with monkeypatch.context() as patch:
        patch.setattr(credentials, "hash_secret", lambda _: pytest.fail("hashed within the transaction"))
        plan = Planner(now=timezone.now(), secrets=prepared).plan(rows[0], path="clients[0]")
        apply_client(plan, by=BY, now=timezone.now())
        again = prepare_secrets(rows, now=timezone.now())
        patch.setattr(credentials, "find", lambda *_: pytest.fail("tried within the transaction"))
        assert Planner(now=timezone.now(), secrets=again).plan(rows[0], path="x").action == "none"
    live = credentials.live_secrets(billing().pk, now=timezone.now())
    assert credentials.find("a-Very-good-secret-1", live) is not None


def test_a_secret_that_was_reset_since_it_was_prepared_is_compared_again() -> None:
    apply(clientSecret="a-Very-good-secret-1")
    row = {**ROW, "clientSecret": "a-Very-good-secret-1"}
    prepared = prepare_secrets([row], now=timezone.now())
    rotation.rotate(client=billing(), by=BY, now=timezone.now())
    plan = Planner(now=timezone.now(), secrets=prepared).plan(row, path="x")
    assert "clientSecret" in plan.changes
    apply_client(plan, by=BY, now=timezone.now())
    live = credentials.live_secrets(billing().pk, now=timezone.now())
    assert credentials.find("a-Very-good-secret-1", live) is not None


def test_preparing_a_weak_secret_costs_nothing_and_it_is_refused_by_the_rule() -> None:
    row = {**ROW, "clientSecret": "weak"}
    prepared = prepare_secrets([row, 5, {"clientId": 5}, {"clientId": "\x00", "clientSecret": "x"}], now=timezone.now())
    with pytest.raises(DocumentRefused, match="clientSecret"):
        Planner(now=timezone.now(), secrets=prepared).plan(row, path="clients[0]")
    new = registered(client_id="other", name="Other")
    prepared = prepare_secrets([{"clientId": "other", "clientSecret": "weak"}], now=timezone.now())
    with pytest.raises(DocumentRefused, match="clientSecret"):
        Planner(now=timezone.now(), secrets=prepared).plan({"clientId": "other", "clientSecret": "weak"}, path="x")
    assert new.secret


def test_a_new_row_is_judged_once() -> None:
    with CaptureQueriesContext(connection) as queries:
        apply()
    assert sum('"name_key" = ' in query["sql"] for query in queries) == 1
