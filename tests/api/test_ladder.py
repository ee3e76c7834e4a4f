"""R9, R59, R60: every operation of the API × every shipped role, from the table that the API itself is made of."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver

from accounts.permissions import SHIPPED_ROLES, Permission, scope_of
from accounts.rest.operations import Operation
from audit.models import Event
from authserver import api
from tests.api import reference
from tests.api.asking import V1, Asker, as_user, by_service, with_token
from tests.clients.people import client_named, person
from tests.ground.people import HOST

pytestmark = pytest.mark.django_db
HELD = {role.name: frozenset(role.permissions) for role in SHIPPED_ROLES} | {"": frozenset()}
EVERY = [(operation, role) for operation in api.OPERATIONS for role in HELD]
NAMES = {operation.name: operation for operation in api.OPERATIONS}


def address(operation: Operation) -> str:
    parts = {"number": "999999", "key_id": "none", "kid": "none", "token_id": "at_999999"}
    return V1 + operation.path.format(**parts)


def expected(operation: Operation, role: str) -> bool:
    held = HELD[role]
    if operation.permission is None or operation.permission in held:
        return True
    return operation.owners and Permission.CLIENTS_OWN in held


@pytest.mark.parametrize(("operation", "role"), EVERY, ids=[f"{o.name}-{r or 'nobody'}" for o, r in EVERY])
def test_r59_and_r60_each_operation_answers_each_role_as_the_table_says(operation: Operation, role: str) -> None:
    asker = as_user(person("viewer", role) if role else person("viewer"))
    answer = asker(operation.method, address(operation), {} if operation.takes else None, if_match="*")
    if expected(operation, role):
        assert answer.status not in (401, 403), answer.json
    else:
        assert answer.status == 403
        assert answer.json["permission"] == operation.permission
        assert answer.json["errorMessage"] == f"Client does not have required permission {operation.permission}."
        assert answer.json["statusCode"] == 403
        assert Event.objects.get(reference=answer.json["reference"]).kind == "api.refused"


@pytest.mark.parametrize("operation", api.OPERATIONS, ids=lambda operation: operation.name)
def test_r9_a_token_needs_the_scope_and_its_subject_the_permission(operation: Operation) -> None:
    if operation.permission is None:
        return
    permission, scope = str(operation.permission), scope_of(operation.permission)
    both = by_service(permission)
    assert both(operation.method, address(operation), {}, if_match="*").status not in (401, 403)
    subject = both_client()
    others = " ".join(scope_of(p) for p in Permission if p not in (permission, Permission.CLIENTS_OWN))
    without_scope = with_token(subject, scope=others)(operation.method, address(operation), {}, if_match="*")
    assert (without_scope.status, without_scope.json["code"]) == (403, "insufficient_scope")
    assert f'scope="{scope}"' in without_scope.headers["WWW-Authenticate"]
    subject.service_account.permissions = []
    subject.service_account.save()
    without_permission = with_token(subject, scope=scope)(operation.method, address(operation), {}, if_match="*")
    assert (without_permission.status, without_permission.json["code"]) == (403, "permission_missing")
    assert without_permission.json["permission"] == permission


def both_client() -> Any:
    from clients.models import Client

    return Client.objects.select_related("service_account").get(client_id="pipeline")


@pytest.mark.parametrize("operation", api.OPERATIONS, ids=lambda operation: operation.name)
def test_nobody_is_refused_without_a_token_and_told_how(operation: Operation) -> None:
    answer = Asker(browser=Browser(HTTP_HOST=HOST))(operation.method, address(operation), {}, if_match="*")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authserver"'
    assert answer.json["code"] == "not_authenticated"


def test_r9_the_schema_names_each_operations_permission() -> None:
    schema = Browser(HTTP_HOST=HOST).get("/api/schema").json()
    found = {
        said["operationId"]: (said["x-permission"], said["description"])
        for methods in schema["paths"].values()
        for said in methods.values()
    }
    assert found.keys() == NAMES.keys()
    for name, (permission, description) in found.items():
        assert permission == str(NAMES[name].permission or "")
        assert not permission or f"`{permission}`" in description


def test_every_address_of_the_api_is_in_the_table() -> None:
    from authserver.urls import urlpatterns

    root = next(one for one in urlpatterns if isinstance(one, URLResolver))
    v1 = next(one for one in root.url_patterns if isinstance(one, URLResolver))
    named = {one.name for one in v1.url_patterns if isinstance(one, URLPattern)}
    assert named == {f"api {operation.path}" for operation in api.OPERATIONS}


def test_an_owner_reaches_the_own_clients_alone() -> None:
    owner = person("owner", "Developer")
    mine, other = client_named("Mine", owner="owner"), client_named("Other", owner="mara")
    asker = as_user(owner)
    assert [row["name"] for row in asker("GET", "clients").json["items"]] == ["Mine"]
    assert asker("GET", f"clients/{mine.pk}").status == 200
    for operation in api.OPERATIONS:
        if operation.path.startswith("clients/{number}"):
            path = operation.path.format(number=other.pk, key_id="x")
            assert asker(operation.method, path, {}, if_match="*").status in (400, 403, 404, 415)
    other.refresh_from_db()
    assert (other.revision, other.deleted_at) == (1, None)


def test_the_reference_in_the_guide_is_written_from_the_operations() -> None:
    """`python -m tests.api.reference` writes it anew."""
    assert reference.FILE.read_text() == reference.text()
