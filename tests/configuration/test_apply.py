"""`manage.py apply`: the server becomes what a document says; all of it or nothing, and the same twice."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import server_settings
from accounts.branding import logo
from accounts.models import Group, ServerSettings, User
from audit.models import Event
from clients.models import Client
from policies.models import Api, Scope
from tests.accounts.test_logo import PNG
from tests.configuration.conftest import Apply
from tests.ground.running import MakeServer

PASSWORD = "a fine long sentence"
WHOLE: dict[str, Any] = {
    "settings": {
        "accessTokenLifetime": 600,
        "requireHttps": False,
        "legacyGrants": True,
        "brandName": "Harbour",
        "brandLogo": logo.of_bytes(PNG).uri,
        "upstream": {"name": "HQ", "issuer": "https://hq.example", "clientId": "c", "groups": {"ops": "Ops"}},
    },
    "groups": [{"name": "Ops", "permissions": ["clients.view", "audit.view"], "allowedScope": "ops.*"}],
    "users": [
        {
            "username": "ada",
            "email": "ada@example.com",
            "password": PASSWORD,
            "groups": ["Ops", "Administrator"],
            "isSuperuser": True,
            "isActive": True,
            "permissions": ["clients.own"],
            "allowedScope": "orders.read",
            "givenName": "Ada",
            "familyName": "Lovelace",
            "claims": {"phone_number": "+44 1", "address": {"locality": "London"}, "updated_at": 1, "locale": "en"},
        },
        {"username": "reports", "groups": ["Ops"], "permissions": ["audit.view"], "allowedScope": "orders.read"},
    ],
    "apis": [
        {
            "name": "Orders",
            "audience": "https://orders.example",
            "description": "Orders",
            "introspectors": ["orders"],
        }
    ],
    "scopes": [
        {"name": "orders.read", "description": "Read orders", "api": "Orders", "default": True, "sensitive": False},
        {"name": "openid", "description": "Say who you are."},
    ],
    "clients": [
        {
            "clientId": "orders",
            "name": "Orders API",
            "owner": "ada",
            "type": "confidential",
            "grants": ["client_credentials"],
            "allowedScope": "authorization.introspect",
            "clientSecret": "orders-its-own-secret-0123456789",
        },
        {"clientId": "reports", "name": "Reports", "owner": "ada", "grants": ["client_credentials", "password"]},
        {
            "clientId": "phone",
            "name": "Phone",
            "owner": "ada",
            "type": "public",
            "grants": ["authorization_code"],
            "redirectUris": ["https://phone.example/back"],
        },
    ],
}


def snapshot() -> list[Any]:
    """Everything that a document can change, and the trail."""
    models = (User, Group, Api, Scope, Client, Event, ServerSettings)
    memberships = list(User.groups.through.objects.order_by("pk").values_list())
    return [memberships, *(list(model._default_manager.order_by("pk").values_list()) for model in models)]


def event_kinds() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_every_section_is_made_what_the_document_says(apply: Apply) -> None:
    output = apply(WHOLE)
    stored = server_settings.current()
    assert (stored.access_token_lifetime, stored.require_https, stored.legacy_grants) == (600, False, True)
    ada = User.objects.get(username="ada")
    assert ada.check_password(PASSWORD)
    assert (ada.email, ada.given_name, ada.is_superuser, ada.kind) == ("ada@example.com", "Ada", True, "person")
    assert ada.claims["address"] == {"locality": "London"}
    assert sorted(group.name for group in ada.groups.all()) == ["Administrator", "Ops"]
    assert Group.objects.get(name="Ops").permissions == ["audit.view", "clients.view"]
    api = Api.objects.get(name="Orders")
    assert [client.client_id for client in api.introspectors.all()] == ["orders"]
    scope = Scope.objects.get(name="orders.read")
    assert (scope.api, scope.is_default, scope.is_sensitive) == (api, True, False)
    assert Scope.objects.get(name="openid").description == "Say who you are."
    assert Client.objects.get(client_id="orders").owner == ada
    assert "7 added, 3 changed." in output.splitlines()[-1]


def test_a_document_may_name_a_service_account_that_it_makes_itself(apply: Apply) -> None:
    """R9, R17: groups and permissions of a service account."""
    apply(WHOLE)
    account = User.objects.get(username="reports")
    assert account.kind == User.Kind.SERVICE
    assert [group.name for group in account.groups.all()] == ["Ops"]
    assert (account.permissions, account.allowed_scope) == (["audit.view"], "orders.read")


def test_applied_twice_it_changes_nothing_the_second_time(apply: Apply) -> None:
    apply(WHOLE)
    before = snapshot()
    assert "Nothing to change" in apply(WHOLE)
    assert "Nothing to change" in apply(WHOLE, "--plan")
    assert snapshot() == before


def test_a_plan_says_everything_and_changes_nothing(apply: Apply) -> None:
    before = snapshot()
    output = apply(WHOLE, "--plan")
    assert snapshot() == before
    for line in ("~ settings server", "+ groups Ops", "+ users ada", "+ clients orders", "+ apis Orders"):
        assert line in output.splitlines()
    assert "    accessTokenLifetime: 3600 → 600" in output
    assert '    description: "Confirm who you are." → "Say who you are."' in output
    assert output.rstrip().endswith("7 to add, 3 to change.")


@pytest.mark.parametrize("arguments", [(), ("--plan",)])
def test_no_password_and_no_secret_is_printed_or_recorded(apply: Apply, arguments: tuple[str, ...]) -> None:
    output = apply(WHOLE, *arguments)
    events = str(list(Event.objects.values()))
    for secret in (PASSWORD, "orders-its-own-secret-0123456789", "argon2", "+44 1"):
        assert secret not in output
        assert secret not in events
    assert '    password: "CONCEALED"' in output


def test_every_change_is_an_event_of_the_actor_apply(apply: Apply) -> None:
    apply(WHOLE)
    assert set(Event.objects.values_list("actor_name", flat=True)) == {"apply"}
    assert event_kinds() == [
        "group.created",
        "settings.changed",
        "user.created",
        "client.registered",
        "client.registered",
        "client.registered",
        "user.changed",
        "api.created",
        "scope.created",
        "scope.changed",
    ]


def test_what_a_document_does_not_name_stays(apply: Apply) -> None:
    apply(WHOLE)
    before = snapshot()
    apply({"users": [{"username": "ada"}], "groups": [], "clients": [{"clientId": "orders"}], "settings": {}})
    apply({})
    assert snapshot() == before


def test_a_key_left_out_keeps_its_value_on_change(apply: Apply) -> None:
    apply(WHOLE)
    apply({"users": [{"username": "ada", "email": "lovelace@example.com"}], "apis": [{"name": "Orders"}]})
    ada = User.objects.get(username="ada")
    assert (ada.email, ada.given_name, ada.is_superuser) == ("lovelace@example.com", "Ada", True)
    assert Api.objects.get(name="Orders").audience == "https://orders.example"
    assert Api.objects.get(name="Orders").introspectors.count() == 1


def test_a_changed_password_ends_the_tokens_and_the_same_one_does_not(apply: Apply) -> None:
    apply(WHOLE)
    epoch = User.objects.get(username="ada").token_epoch
    apply({"users": [{"username": "ada", "password": PASSWORD}]})
    assert User.objects.get(username="ada").token_epoch == epoch
    apply({"users": [{"username": "ada", "password": "another fine sentence"}]})
    ada = User.objects.get(username="ada")
    assert ada.token_epoch == epoch + 1
    assert ada.check_password("another fine sentence")


def test_a_deactivated_user_loses_the_tokens_for_good(apply: Apply) -> None:
    apply({"users": [{"username": "eve", "password": PASSWORD}]})
    apply({"users": [{"username": "eve", "isActive": False}]})
    apply({"users": [{"username": "eve", "isActive": True}]})
    assert User.objects.get(username="eve").token_epoch == 1


def test_without_a_password_nobody_can_sign_in(apply: Apply) -> None:
    apply({"users": [{"username": "eve"}]})
    assert not User.objects.get(username="eve").has_usable_password()


def test_a_weak_password_is_accepted_and_named(apply: Apply) -> None:
    output = apply({"users": [{"username": "eve", "password": "eve"}]})
    assert "Warning: users[0].password: " in output
    assert User.objects.get(username="eve").check_password("eve")


def test_an_owner_who_leaves_hands_the_clients_over_first(apply: Apply, refusal: Any) -> None:
    """R7."""
    apply(WHOLE)
    leaving = {"users": [{"username": "ada", "isActive": False}, {"username": "eve"}]}
    (fault,) = refusal(leaving)
    assert fault.startswith("users[0].isActive: The user owns clients (orders, reports, phone)")
    apply({**leaving, "clients": [{"clientId": name, "owner": "eve"} for name in ("orders", "reports", "phone")]})
    assert not User.objects.get(username="ada").is_active
    assert Client.objects.filter(owner__username="eve").count() == 3


def test_a_changed_catalogue_is_known_to_every_worker_at_its_next_request(apply: Apply) -> None:
    apply(WHOLE)
    version = server_settings.current().policy_version
    apply({"scopes": [{"name": "orders.read", "default": False}]})
    assert server_settings.current().policy_version == version + 1
    apply({"apis": [{"name": "Orders", "introspectors": []}]})
    assert server_settings.current().policy_version == version + 2


def test_one_fault_in_the_last_row_leaves_nothing_of_the_others(refusal: Any) -> None:
    before = snapshot()
    faults = refusal({**WHOLE, "scopes": [*WHOLE["scopes"], {"name": "a,b"}]})
    assert faults == ['scopes[2].name: A scope name is printable ASCII without spaces, ", \\ and commas.']
    assert snapshot() == before


def test_it_reads_a_file_with_and_without_a_byte_order_mark(apply: Apply, tmp_path: Path) -> None:
    file = tmp_path / "document.json"
    file.write_bytes('\ufeff{"users": [{"username": "é"}]}'.encode())
    call_command("apply", str(file))
    assert User.objects.filter(username="é").exists()


def test_hashing_happens_before_the_transaction(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite an open transaction holds everybody's writes, and Argon2 takes its time."""
    from accounts.hashers import PasswordHasher

    depths = []
    real = PasswordHasher.encode

    def encode(self: PasswordHasher, password: str, salt: str) -> str:
        depths.append(len(connection.savepoint_ids))
        return real(self, password, salt)

    monkeypatch.setattr(PasswordHasher, "encode", encode)
    apply({"users": [{"username": "eve", "password": PASSWORD}]})
    assert depths == [0]


def test_users_cost_a_bounded_number_of_statements(apply: Apply) -> None:
    with CaptureQueriesContext(connection) as few:
        apply({"users": [{"username": f"a{n}"} for n in range(2)]})
    with CaptureQueriesContext(connection) as many:
        apply({"users": [{"username": f"b{n}"} for n in range(12)]})
    assert (len(many) - len(few)) / 10 <= 16


def test_the_same_document_at_once_is_applied_once(server: MakeServer) -> None:
    one = server(started=False)
    with ThreadPoolExecutor(3) as pool:
        outputs = list(pool.map(lambda _: one.manage("apply", "-", text=json.dumps(WHOLE)), range(3)))
    assert sum("7 added, 3 changed." in output for output in outputs) == 1
    assert sum("Nothing to change" in output for output in outputs) == 2
