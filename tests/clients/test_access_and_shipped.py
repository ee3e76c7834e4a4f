"""R59–R61 in rules: what owners may do, who sees which client, and the clients that a server has from the start."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings

from accounts.authorization import PermissionMissing, may
from accounts.permissions import Permission
from clients import access, shipped
from clients.models import Client
from clients.secrets import credentials
from tests.clients.people import client_named, person

pytestmark = pytest.mark.django_db
WRITES = ("clients.edit", "clients.delete", "clients.reset-secret")
ALL = ("clients.view", *WRITES, "clients.export", "clients.protect")


@pytest.mark.parametrize(
    ("roles", "own", "others", "create"),
    [
        (("Administrator",), ALL, ALL, True),
        (("Client manager",), ALL, ALL, True),
        (("Auditor",), ("clients.view", "clients.export"), ("clients.view", "clients.export"), False),
        (("Developer",), ("clients.view", *WRITES, "clients.export"), (), True),
        ((), (), (), False),
        (
            ("Auditor", "Developer"),
            ("clients.view", *WRITES, "clients.export"),
            ("clients.view", "clients.export"),
            True,
        ),
    ],
)
def test_r59_and_r60_roles_give_exactly_their_permissions(
    roles: tuple[str, ...], own: tuple[str, ...], others: tuple[str, ...], create: bool
) -> None:
    user = person("viewer", *roles)
    mine, theirs = client_named("Mine", owner="viewer"), client_named("Theirs", owner="tomas")
    assert {name for name in ALL if may(user, name, mine)} == set(own)
    assert {name for name in ALL if may(user, name, theirs)} == set(others)
    assert may(user, "clients.create") is create


def test_r59_super_administrators_bypass_and_inactive_ones_do_not() -> None:
    client = client_named("Any", owner="tomas")
    assert may(person("root", is_superuser=True), "clients.protect", client)
    assert not may(person("gone", is_superuser=True, is_active=False), "clients.view", client)


def test_r59_ownership_without_the_permission_gives_nothing() -> None:
    client = client_named("Mine", owner="viewer")
    assert not may(person("viewer"), "clients.view", client)


def test_r59_who_sees_which_clients() -> None:
    mine, theirs = client_named("Mine", owner="dev"), client_named("Theirs", owner="tomas")
    deleted = client_named("Deleted", owner="dev")
    Client.objects.filter(pk=deleted.pk).update(deleted_at="2026-01-01T00:00:00Z", name_key=None)
    assert set(access.visible_to(person("dev", "Developer"))) == {mine}
    assert {mine, theirs} <= set(access.visible_to(person("auditor", "Auditor")))
    assert deleted not in access.visible_to(person("auditor"))
    assert not access.visible_to(person("nobody")).exists()


def test_r59_whoever_sees_none_is_refused_the_list_by_name() -> None:
    with pytest.raises(PermissionMissing) as missing:
        access.demand_some(person("nobody"))
    assert missing.value.permission == "clients.view"
    access.demand_some(person("dev", "Developer"))


def test_only_who_holds_the_permission_itself_names_another_owner() -> None:
    developer, manager = person("dev", "Developer"), person("manager", "Client manager")
    assert not access.may_choose_owner(developer, new=True)
    assert not access.may_choose_owner(developer, new=False)
    assert access.may_choose_owner(manager, new=True)


def test_owners_never_protect() -> None:
    assert Permission.CLIENTS_PROTECT not in access.OWNERS_MAY


@pytest.mark.parametrize("client_id", ["admin", "push"])
def test_r61_system_clients_are_shipped_protected_and_without_secret_or_service_account(client_id: str) -> None:
    client = Client.objects.get(client_id=client_id)
    assert client.is_system
    assert client.is_protected
    assert client.owner is None
    assert client.service_account is None
    assert not client.secrets.exists()


def test_r61_the_test_client_stands_in_development_mode_only_and_is_found() -> None:
    assert settings.AUTHSERVER.development
    client = Client.objects.get(client_id="test")
    assert client.allowed_scope == "*"
    assert client.service_account is not None
    live = [
        credentials.LiveSecret(pk=row.pk, key_id=row.key_id, hash=row.hash, custom=row.custom)
        for row in client.secrets.all()
    ]
    assert credentials.find("test", live) is not None
    assert shipped.test_client_present()


def test_r61_production_ships_no_test_client(settings: object) -> None:
    Client.objects.filter(client_id="test").delete()
    settings.AUTHSERVER = replace(settings.AUTHSERVER, mode="production")  # type: ignore[attr-defined]
    shipped.put_in_place()
    assert not shipped.test_client_present()
    assert Client.objects.filter(client_id__in=("admin", "push")).count() == 2


def test_putting_in_place_twice_changes_nothing() -> None:
    before = list(Client.objects.values())
    shipped.put_in_place()
    assert list(Client.objects.values()) == before
