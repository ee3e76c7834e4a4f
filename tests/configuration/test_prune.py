"""`manage.py apply --prune`: what the document's sections do not name goes, but for what must stay."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Group, User
from audit.models import Event
from clients.models import Client, Namespace
from policies.models import Api, Scope
from policies.shipped import API_AUDIENCE
from tests.configuration.conftest import Apply
from tests.configuration.test_apply import WHOLE, event_kinds, snapshot

OTHERS: dict[str, Any] = {
    "groups": [{"name": "Leftover"}],
    "users": [{"username": "bob"}, {"username": "olaf"}],
    "namespaces": [{"name": "old"}, {"name": "listed"}],
    "apis": [{"name": "Old", "audience": "https://old.example"}],
    "scopes": [{"name": "old.read", "api": "Old"}],
    "clients": [
        {"clientId": "old", "name": "Old", "owner": "bob", "grants": ["client_credentials"]},
        {
            "clientId": "kept",
            "name": "Kept",
            "owner": "olaf",
            "grants": ["client_credentials"],
            "namespaces": ["listed"],
        },
    ],
}
WANTED: dict[str, Any] = {**WHOLE, "namespaces": []}


@pytest.fixture
def more(apply: Apply) -> None:
    """A server that holds more than WANTED says; one of its clients is protected."""
    apply(WHOLE)
    apply(OTHERS)
    Client.objects.filter(client_id="kept").update(is_protected=True, protected_reason="The till needs it.")


@pytest.mark.usefixtures("more")
def test_what_the_document_does_not_name_is_removed_and_what_must_stay_is_named(apply: Apply) -> None:
    output = apply(WANTED, "--prune").splitlines()
    removed = [line for line in output if line.startswith("- ")]
    assert removed == [
        "- clients old",
        "- scopes old.read",
        "- apis Old",
        "- namespaces old",
        "- users bob",
        "- groups Leftover",
    ]
    assert output[-1] == "Applied: 0 added, 0 changed, 6 removed."
    stays = [line for line in output if line.startswith("Warning: ")]
    assert [line.split(": ")[1] for line in stays] == ["clients kept", "namespaces listed", "users olaf"]
    assert "The till needs it." in stays[0]
    assert "owns" in stays[2]


@pytest.mark.usefixtures("more")
def test_shipped_rows_service_accounts_and_system_clients_are_never_pruned(apply: Apply) -> None:
    apply({key: [] for key in ("groups", "namespaces", "apis", "scopes", "clients")}, "--prune")
    assert set(Group.objects.values_list("name", flat=True)) >= {"Administrator", "Auditor", "Developer"}
    assert Scope.objects.filter(name="openid").exists()
    assert not Scope.objects.filter(name="old.read").exists()
    standing = Client.objects.filter(deleted_at=None).values_list("client_id", flat=True)
    assert set(standing) == {"admin", "push", "test", "kept"}
    assert [api.audience for api in Api.objects.all()] == [API_AUDIENCE], "the server's own"
    assert User.objects.filter(username="ada", deleted_at=None).exists()  # `users` is not named: they stay


@pytest.mark.usefixtures("more")
def test_the_last_super_administrator_stays(apply: Apply) -> None:
    User.objects.filter(username="ada").update(is_superuser=True)
    output = apply({"users": []}, "--prune")
    assert "Warning: users ada: It stays." in output
    assert User.objects.get(username="ada").deleted_at is None


@pytest.mark.usefixtures("more")
def test_a_plan_removes_nothing_and_without_asking_nothing_goes(apply: Apply) -> None:
    before = snapshot()
    assert apply(WANTED, "--prune", "--plan").rstrip().endswith("Plan: 0 to add, 0 to change, 6 to remove.")
    assert "Nothing to change" in apply(WANTED)
    assert snapshot() == before


@pytest.mark.usefixtures("more")
def test_twice_it_removes_nothing_more(apply: Apply) -> None:
    apply(WANTED, "--prune")
    before = snapshot()
    assert "Nothing to change" in apply(WANTED, "--prune")
    assert snapshot() == before


@pytest.mark.usefixtures("more")
def test_a_faulty_document_removes_nothing(refusal: Any) -> None:
    before = snapshot()
    refusal({**WANTED, "scopes": [{"name": "a*"}]}, "--prune")
    assert snapshot() == before


@pytest.mark.usefixtures("more")
def test_each_removal_is_an_event_and_ends_what_a_deletion_ends(apply: Apply) -> None:
    epoch = Client.objects.get(client_id="old").token_epoch
    seen = len(event_kinds())
    apply(WANTED, "--prune")
    assert event_kinds()[seen:] == [
        "client.deleted",
        "scope.deleted",
        "api.deleted",
        "namespace.deleted",
        "user.deleted",
        "group.deleted",
    ]
    assert set(Event.objects.order_by("pk").values_list("actor_name", flat=True)[seen:]) == {"apply"}
    old = Client.objects.get(client_id="old")
    assert (old.deleted_at is not None, old.token_epoch) == (True, epoch + 1)
    assert not Namespace.objects.filter(name="old").exists()
