"""People, groups, settings, catalogue, namespaces, tokens, keys, events and the simulator through the API."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import ServerSettings, User
from audit.models import Event
from audit.sealing import seal
from clients.models import Client
from policies.models import Api, Scope
from tests.api.asking import Asker, as_user
from tests.clients.people import client_named, person
from tests.console import issued
from tokens.models import SigningKey
from tokens.signing_keys import rotation

pytestmark = pytest.mark.django_db


@pytest.fixture
def asker(super_administrator: User) -> Asker:
    return as_user(super_administrator)


def test_people_come_change_and_go(asker: Asker) -> None:
    made = asker("POST", "users", {"username": "tomas", "email": "t@example.com", "groups": ["Auditor"]})
    assert made.status == 201
    path = made.headers["Location"]
    assert (made.json["kind"], made.json["groups"], made.json["isActive"]) == ("person", ["Auditor"], True)
    changed = asker.change("PATCH", path, {"givenName": "Tomas", "password": "correct horse battery"})
    assert changed.json["givenName"] == "Tomas"
    assert User.objects.get(username="tomas").check_password("correct horse battery")
    assert asker.change("PATCH", path, {"password": "short"}).json["errors"][0]["path"] == "password"
    assert asker.change("DELETE", path).status == 204
    assert asker("GET", path).status == 404
    assert Event.objects.filter(kind__in=("user.created", "user.changed", "user.deleted")).count() == 3


def test_r7_who_owns_clients_hands_them_over_first(asker: Asker) -> None:
    owner, _ = person("owner"), person("heir")
    client = client_named("C", owner="owner")
    path = f"users/{owner.pk}"
    refused = asker.change("DELETE", path)
    assert refused.status in (400, 409)
    version = asker("GET", path).headers["ETag"]
    assert asker("DELETE", f"{path}?handOverTo=heir", if_match=version).status == 204
    assert Client.objects.get(pk=client.pk).owner.username == "heir"


def test_the_list_of_people_is_searched(asker: Asker) -> None:
    person("tomas")
    client_named("C", client_id="svc", owner="tomas")
    names = [row["username"] for row in asker("GET", "users?q=tomas&kind=person").json["items"]]
    assert names == ["tomas"]
    assert [row["username"] for row in asker("GET", "users?kind=service&q=svc").json["items"]] == ["svc"]


def test_r60_groups_come_change_and_go_and_shipped_ones_stay(asker: Asker) -> None:
    made = asker("POST", "groups", {"name": "Readers", "permissions": ["clients.view"]})
    path = made.headers["Location"]
    assert asker.change("PATCH", path, {"name": "Lookers"}).json["name"] == "Lookers"
    assert asker.change("DELETE", path).status == 204
    shipped = next(row for row in asker("GET", "groups").json["items"] if row["name"] == "Auditor")
    assert asker.change("DELETE", f"groups/{shipped['id']}").status == 400


def test_r62_settings_are_changed_with_their_event(asker: Asker) -> None:
    told = asker.change("PATCH", "settings", {"accessTokenLifetime": 600})
    assert told.json["accessTokenLifetime"] == 600 == ServerSettings.objects.get().access_token_lifetime
    assert Event.objects.get(kind="settings.changed").changes == {"accessTokenLifetime": [3600, 600]}


def test_r32_scopes_and_apis_come_change_and_go(asker: Asker) -> None:
    api = asker("POST", "apis", {"name": "Orders", "audience": "https://orders.example"})
    assert api.status == 201
    scope = asker("POST", "scopes", {"name": "orders.read", "api": "Orders", "description": "See orders."})
    assert (scope.status, scope.json["api"], scope.json["shipped"]) == (201, "Orders", False)
    assert asker("POST", "scopes", {"name": "orders.read"}).json["errors"][0]["code"] == "taken"
    assert asker.change("PATCH", scope.headers["Location"], {"default": True}).json["default"] is True
    assert asker.change("DELETE", api.headers["Location"]).status == 400
    assert asker.change("DELETE", scope.headers["Location"]).status == 204
    assert asker.change("DELETE", api.headers["Location"]).status == 204


def test_the_servers_own_api_stays_what_it_is(asker: Asker) -> None:
    own = Api.objects.get(audience="urn:authserver:api")
    scope = Scope.objects.get(name="authserver.clients.view")
    assert scope.is_sensitive
    assert asker.change("DELETE", f"apis/{own.pk}").status == 400
    assert asker.change("PATCH", f"apis/{own.pk}", {"audience": "https://x.example"}).status == 400
    assert asker.change("PATCH", f"scopes/{scope.pk}", {"api": None}).status == 400
    assert asker.change("DELETE", f"scopes/{scope.pk}").status == 400
    assert asker.change("PATCH", f"scopes/{scope.pk}", {"description": "See them."}).status == 200


def test_r36_a_sensitive_scope_is_opened_by_who_holds_it_alone() -> None:
    Scope.objects.create(name="payroll.read", is_sensitive=True)
    editor = person("editor")
    editor.permissions = ["catalogue.view", "catalogue.edit"]
    editor.save()
    asker = as_user(editor)
    path = f"scopes/{Scope.objects.get(name='payroll.read').pk}"
    assert asker.change("PATCH", path, {"sensitive": False}).json["errors"][0]["code"] == "not_held"
    assert asker.change("DELETE", path).status == 400


def test_r8_namespaces_come_change_and_go(asker: Asker) -> None:
    made = asker("POST", "namespaces", {"name": "Finance", "administrators": ["sue"]})
    assert made.status == 201
    assert asker.change("PATCH", made.headers["Location"], {"administrators": []}).json["administrators"] == []
    assert asker.change("DELETE", made.headers["Location"]).status == 204


def test_r63_tokens_are_listed_shown_and_revoked_and_their_values_told_nowhere(asker: Asker) -> None:
    scene = issued.scene()
    told = asker("GET", f"tokens?client={scene.client.pk}&kind=access")
    one = next(row for row in told.json["items"] if row["id"] == f"at_{scene.token.pk}")
    assert asker("GET", f"tokens/{one['id']}").json == one
    assert asker("DELETE", f"tokens/{one['id']}").status == 204
    assert asker("GET", f"tokens/{one['id']}").json["state"] == "revoked"
    assert asker("DELETE", "tokens/fam_999999").status == 404


def test_r63_pages_of_tokens_go_on_by_cursor(asker: Asker) -> None:
    client = client_named("C")
    made = [issued.access(client).pk for _ in range(60)]
    seen, cursor = [], ""
    for _ in range(5):
        page = asker("GET", f"tokens?client={client.pk}" + (f"&cursor={cursor}" if cursor else "")).json
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"at_{pk}" for pk in reversed(made)]


def test_r59_an_owner_names_the_client_whose_tokens_they_look_at() -> None:
    owner = person("owner", "Developer")
    mine, also = client_named("Mine", owner="owner"), client_named("Also", owner="owner")
    asker = as_user(owner)
    assert asker("GET", "tokens").json["errors"][0]["path"] == "client"
    assert asker("GET", f"tokens?client={mine.pk}").status == 200
    other = client_named("Other", owner="mara")
    assert asker("GET", f"tokens?client={other.pk}").status == 404
    assert asker("GET", f"tokens?client={also.pk}").json["items"] == []


def test_keys_are_listed_rotated_and_withdrawn_without_their_private_part(asker: Asker) -> None:
    rotation.ensure(now=timezone.now())
    before = asker("GET", "keys").json["items"]
    assert {"d", "p", "q"}.isdisjoint(before[0]["publicJwk"])
    after = asker("POST", "keys/rotate").json["items"]
    retired = next(key for key in after if key["state"] == "retired")
    assert asker("DELETE", f"keys/{retired['kid']}").status == 204
    current = SigningKey.objects.filter(state="current").first()
    assert current is not None
    assert asker("DELETE", f"keys/{current.kid}").status == 404


def test_the_trail_is_searched_and_its_chain_verified(asker: Asker) -> None:
    asker("POST", "groups", {"name": "Readers"})
    asker("POST", "groups", {"name": "Writers"})
    first = asker("GET", "events?kind=people&limit=1").json
    second = asker("GET", f"events?kind=people&limit=1&cursor={first['next']}").json
    subjects = [page["items"][0]["subject"] for page in (first, second)]
    assert subjects == ["Writers", "Readers"]
    assert asker("GET", f"events/{first['items'][0]['id']}").json == first["items"][0]
    seal(timezone.now())
    verified = asker("GET", "events/verification").json
    assert (verified["done"], verified["broken"]) == (True, None)
    Event.objects.filter(sequence=1).update(reason="x")
    assert asker("GET", "events/verification").json["broken"]["sequence"] == 1


def test_the_simulator_says_what_the_server_would_answer(asker: Asker) -> None:
    Scope.objects.create(name="orders.read")
    client_named("C", client_id="svc", allowed_scope="orders.read")
    asked = {"client": "svc", "address": "192.0.2.1", "scope": "orders.read"}
    good = asker("POST", "simulations", asked).json
    bad = asker("POST", "simulations", {**asked, "scope": "orders.write"}).json
    assert (good["allowed"], bad["allowed"], bad["error"]) == (True, False, "invalid_scope")
    assert [step["tone"] for step in bad["steps"]][-1] == "danger"
    wrong = asker("POST", "simulations", {**asked, "client": "nobody", "address": "x"})
    assert {fault["path"] for fault in wrong.json["errors"]} == {"client", "address"}
