"""What attackers send to the API: nothing half-written, nothing leaked, never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import Group, KeptAnswer, User
from accounts.rest import schemas
from audit.models import Event
from clients.models import Client
from tests.api.asking import Asker, as_user, by_service, with_token
from tests.clients.people import client_named, person, registered
from tests.console import issued
from tests.ground.people import HOST

pytestmark = pytest.mark.django_db
NEW = {"name": "Billing sync", "grants": ["client_credentials"], "allowedScope": "orders.read"}


@pytest.fixture
def asker(administrator: User) -> Asker:
    return as_user(administrator)


# ── Bodies ──


@pytest.mark.parametrize(
    "raw",
    ["null", "[]", "1", '"x"', "{", '{"name": "a", "name": "b"}', '{"name": NaN}', "[" * 5000, '{"a":' * 5000,
     '{"name": "\\ud800", "grants": []}', '{"name": "\\u0000", "grants": []}', '{"\\u0000": 1}', "\ufeff{}"],
)  # fmt: skip
def test_a_body_that_is_no_sound_json_object_is_400(asker: Asker, raw: str) -> None:
    answer = asker("POST", "clients", raw=raw)
    assert answer.status == 400
    assert answer.json["statusCode"] == 400
    assert answer.json["errors"]


def test_ten_thousand_unknown_keys_are_named_up_to_a_bound(asker: Asker) -> None:
    answer = asker("POST", "clients", {**NEW, **{f"key{number}": 1 for number in range(10_000)}})
    assert answer.status == 400
    assert 100 <= len(answer.json["errors"]) <= 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_another_media_type_is_415(asker: Asker, kind: str) -> None:
    answer = asker("POST", "clients", NEW, kind=kind)
    assert answer.status == 415
    assert answer.json["code"] == "unsupported_media_type"


def test_a_body_larger_than_this_server_reads_is_413_in_the_apis_form(asker: Asker) -> None:
    answer = asker("POST", "clients", {**NEW, "description": "x" * 1_100_000})
    assert answer.status == 413
    assert answer.json["statusCode"] == 413


def test_an_operation_without_a_body_takes_none(asker: Asker) -> None:
    client = client_named("C")
    assert asker("POST", f"clients/{client.pk}/revoke-tokens", {"all": True}).status == 400


# ── Mass assignment ──

READ_ONLY = {
    "clients": ("isSystem", "is_system", "revision", "tokenEpoch", "serviceAccount", "linterScore", "protected"),
    "users": ("id", "sub", "kind", "is_superuser", "created", "tokenEpoch", "revision", "lastSignIn"),
    "groups": ("id", "shipped", "revision", "members"),
    "scopes": ("id", "shipped", "is_sensitive"),
    "apis": ("id", "pk"),
    "namespaces": ("id", "clients"),
    "settings": ("policyVersion", "policy_version", "id"),
}


@pytest.mark.parametrize(("resource", "key"), [(name, key) for name, keys in READ_ONLY.items() for key in keys])
def test_what_is_not_the_callers_to_set_is_refused_by_name(asker: Asker, resource: str, key: str) -> None:
    sound: dict[str, dict[str, Any]] = {
        "clients": NEW,
        "users": {"username": "new"},
        "groups": {"name": "New"},
        "scopes": {"name": "new.read"},
        "apis": {"name": "New", "audience": "https://new.example"},
        "namespaces": {"name": "New"},
    }
    if resource == "settings":
        answer = asker.change("PATCH", "settings", {key: 1})
    else:
        answer = asker("POST", resource, {**sound[resource], key: 1})
    assert answer.status == 400
    assert {"path": key, "code": "shape", "message": "There is no such key."} in answer.json["errors"]


def test_the_documents_own_read_only_words_are_passed_over(asker: Asker) -> None:
    answer = asker("POST", "clients", {**NEW, "id": 1, "meta": {"created": "x"}, "clientSecretEncoded": "x"})
    assert answer.status == 201
    assert answer.json["id"] != 1


# ── Promoting oneself, by each way there is (R36) ──


def test_a_manager_of_people_does_not_promote_themselves(sign_in: Any) -> None:
    manager = person("boss")
    manager.permissions = [
        "people.view",
        "people.edit",
        "people.groups",
        "clients.create",
        "clients.edit",
        "clients.view",
    ]
    manager.save()
    asker, me = as_user(manager), f"users/{manager.pk}"
    administrator = Group.objects.get(name="Administrator")
    own = Group.objects.create(name="Own", permissions=["people.view"])
    manager.groups.add(own)
    tries = [
        ("PATCH", me, {"permissions": ["settings.edit"]}),
        ("PATCH", me, {"isSuperuser": True}),
        ("PATCH", me, {"groups": ["Administrator"]}),
        ("PATCH", me, {"allowedScope": "*"}),
        ("PATCH", f"groups/{own.pk}", {"permissions": ["settings.edit"]}),
        ("PATCH", f"groups/{own.pk}", {"allowedScope": "authserver.*"}),
        ("PATCH", f"groups/{administrator.pk}", {"name": "Mine"}),
    ]
    for method, path, data in tries:
        answer = asker.change(method, path, data)
        assert answer.status in (400, 403), (path, data)
        assert answer.json["code"] in ("invalid", "out_of_reach")
    creations = [
        ("groups", {"name": "New", "permissions": ["settings.edit"]}),
        ("users", {"username": "twin", "isSuperuser": True}),
        ("users", {"username": "twin", "groups": ["Administrator"]}),
        ("clients", {**NEW, "owner": "boss", "allowedScope": "", "apiPermissions": ["settings.edit"]}),
    ]
    for path, data in creations:
        assert asker("POST", path, data).status == 400, (path, data)
    manager.refresh_from_db()
    assert (manager.is_superuser, manager.permissions.count("settings.edit")) == (False, 0)


def test_a_manager_of_people_does_not_take_over_who_holds_more(super_administrator: User) -> None:
    manager = person("boss")
    manager.permissions = ["people.view", "people.edit", "people.delete"]
    manager.save()
    asker, path = as_user(manager), f"users/{super_administrator.pk}"
    for answer in (
        asker.change("PATCH", path, {"password": "correct horse battery"}),
        asker.change("PATCH", path, {"email": "boss@example.com"}),
        asker.change("DELETE", path),
    ):
        assert (answer.status, answer.json["code"]) == (403, "out_of_reach")


# ── Tokens ──


def test_a_token_that_does_not_hold_is_401_with_a_reference(asker: Asker) -> None:
    client = registered(client_id="pipeline").client
    token, value = issued.valued(client)
    token.revoked_at = token.created
    token.save()
    for shown in (value, "nonsense", "asa_" + "x" * 60, "x" * 9000):
        answer = Asker(browser=Browser(HTTP_HOST=HOST), token=shown)("GET", "clients")
        assert answer.status == 401, shown
        assert answer.headers["X-Reference"] == answer.json["reference"]
        assert "invalid_token" in answer.headers["WWW-Authenticate"]
        assert Event.objects.filter(reference=answer.json["reference"], kind="api.refused").exists()


def test_a_token_for_another_audience_does_nothing_here() -> None:
    by_service("clients.view")
    client = Client.objects.select_related("service_account").get(client_id="pipeline")
    _, value = issued.valued(client, scope="authserver.clients.view", resource="https://orders.example")
    answer = Asker(browser=Browser(HTTP_HOST=HOST), token=value)("GET", "clients")
    assert (answer.status, answer.json["code"]) == (403, "insufficient_scope")


def test_r37_the_clients_network_rules_hold_at_the_api() -> None:
    by_service("clients.view", network_rules=("allow 198.51.100.0/24",))
    client = Client.objects.select_related("service_account").get(client_id="pipeline")
    answer = with_token(client, scope="authserver.clients.view")("GET", "clients")
    assert (answer.status, answer.json.get("code")) == (403, "access_denied"), answer
    assert "198.51" not in json.dumps(answer.json)


def test_r46_a_deactivated_client_or_subject_does_nothing() -> None:
    by_service("clients.view")
    client = Client.objects.select_related("service_account").get(client_id="pipeline")
    asker = with_token(client, scope="authserver.clients.view")
    assert asker("GET", "clients").status == 200
    Client.objects.filter(pk=client.pk).update(is_active=False, revision=2)
    assert asker("GET", "clients").status == 401


def test_a_session_needs_its_csrf_token(administrator: User) -> None:
    browser = Browser(HTTP_HOST=HOST, enforce_csrf_checks=True)
    browser.force_login(administrator, backend="accounts.backends.PasswordBackend")
    answer = Asker(browser=browser)("POST", "clients", NEW)
    assert (answer.status, answer.json["code"]) == (403, "csrf_failed")
    assert not Client.objects.filter(name="Billing sync").exists()


# ── Addresses ──


NOT_THERE = (
    *("clients/0", "clients/-1", "clients/99999999999999999999", "users/9223372036854775808", "nothing"),
    *("clients/1/secrets/%00", "tokens/%00", "tokens/fam_99999999999999999999", "keys/%F0%9F%98%80"),
)


@pytest.mark.parametrize("path", NOT_THERE)
def test_what_is_not_there_is_404_in_json(asker: Asker, path: str) -> None:
    answer = asker("GET", path) if not path.startswith(("keys", "clients/1/secrets")) else asker("DELETE", path)
    assert answer.status == 404
    assert answer.json["statusCode"] == 404


def test_another_method_is_405_and_says_which(asker: Asker) -> None:
    answer = asker("DELETE", "clients")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_accept_decides_nothing(asker: Asker) -> None:
    for accept in ("text/html", "application/xml", "nonsense", "*/*;q=0"):
        answer = asker("GET", "clients", accept=accept)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json"


def test_answers_are_not_stored(asker: Asker) -> None:
    assert asker("GET", "clients").headers["Cache-Control"] == "no-store"


# ── Nothing of a secret is kept ──


def test_no_answer_that_is_kept_holds_a_secret(asker: Asker) -> None:
    secret = asker("POST", "clients", NEW, idempotency_key="k").json["clientSecret"]
    client = Client.objects.get(name="Billing sync")
    another = asker("POST", f"clients/{client.pk}/secrets", {}, idempotency_key="k").json["clientSecret"]
    kept = json.dumps([[row.body, row.location] for row in KeptAnswer.objects.all()])
    assert KeptAnswer.objects.count() == 2
    assert secret not in kept
    assert another not in kept
    everything = json.dumps(list(Event.objects.values("changes", "detail", "reason")), default=str)
    assert secret not in everything


def test_every_schema_that_is_taken_refuses_unknown_keys() -> None:
    from authserver.api import OPERATIONS

    for name in {operation.takes for operation in OPERATIONS if operation.takes}:
        assert schemas.SCHEMAS[name]["additionalProperties"] is False, name
