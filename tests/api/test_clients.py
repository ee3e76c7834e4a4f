"""Clients through the API: by their document, with versions, once, and past protection where that is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import ServerSettings, User
from audit.models import Event
from clients.models import Client
from clients.secrets.secret_format import PREFIX
from tests.api.asking import Asker, as_user, by_service
from tests.clients.people import client_named, person
from tests.ground.people import MakeUser

pytestmark = pytest.mark.django_db
NEW = {"name": "Billing sync", "grants": ["client_credentials"], "allowedScope": "orders.read"}


@pytest.fixture
def asker(administrator: User) -> Asker:
    return as_user(administrator)


def made(asker: Asker, **changes: Any) -> dict[str, Any]:
    answer = asker("POST", "clients", {**NEW, **changes})
    assert answer.status == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def test_r6_r12_a_client_is_registered_with_an_id_and_a_secret_that_is_told_once(asker: Asker) -> None:
    answer = asker("POST", "clients", NEW)
    assert answer.status == 201
    assert answer.headers["Location"] == f"/api/v1/clients/{answer.json['id']}"
    assert answer.json["clientSecret"].startswith(PREFIX)
    assert answer.json["owner"] == "ada"
    shown = asker("GET", answer.headers["Location"])
    assert shown.json == {key: value for key, value in answer.json.items() if key != "clientSecret"}
    assert shown.headers["ETag"] == answer.headers["ETag"]
    event = Event.objects.get(kind="client.registered")
    assert (event.actor_name, event.actor_id) == ("ada", User.objects.get(username="ada").pk)


def test_r48_the_answer_is_the_document_and_goes_back_by_put(asker: Asker) -> None:
    client = made(asker, redirectUris=["https://a.example/cb"], grants=["authorization_code"])
    document = asker("GET", f"clients/{client['id']}").json
    assert list(document)[:5] == ["id", "name", "clientId", "clientSecretEncoded", "active"]
    answer = asker.change("PUT", f"clients/{client['id']}", document)
    assert (answer.status, answer.json) == (200, document)
    assert Event.objects.filter(kind="client.changed").count() == 0, "nothing was different"
    changed = asker.change("PUT", f"clients/{client['id']}", {**document, "redirectUris": ["https://b.example/cb"]})
    assert changed.json["redirectUris"] == ["https://b.example/cb"]


def test_put_refuses_a_document_that_leaves_something_out_by_name(asker: Asker) -> None:
    client = made(asker)
    document = asker("GET", f"clients/{client['id']}").json
    del document["allowedIpRules"], document["accessTokenLifetime"]
    answer = asker.change("PUT", f"clients/{client['id']}", document)
    assert answer.status == 400
    assert {fault["path"] for fault in answer.json["errors"]} == {"allowedIpRules", "accessTokenLifetime"}


def test_patch_changes_what_it_names_and_is_audited_with_old_and_new(asker: Asker) -> None:
    client = made(asker)
    answer = asker.change("PATCH", f"clients/{client['id']}", {"description": "Nightly.", "active": False})
    assert (answer.json["description"], answer.json["active"]) == ("Nightly.", False)
    assert answer.json["allowedScope"] == "orders.read"
    assert Event.objects.get(kind="client.changed").changes == {"description": ["", "Nightly."]}
    assert Event.objects.filter(kind="client.deactivated").count() == 1


def test_every_fault_is_named_with_its_path_and_nothing_is_written(asker: Asker) -> None:
    bad = {**NEW, "type": "public", "redirectUris": ["https://a.example/cb", "http://b.example/cb"],
           "grants": ["authorization_code"], "owner": "nobody"}  # fmt: skip
    answer = asker("POST", "clients", bad)
    assert answer.status == 400
    found = {(fault["path"], fault.get("line")) for fault in answer.json["errors"]}
    assert ("redirectUris", 2) in found
    assert ("owner", None) in found
    assert answer.json["errorMessage"]
    assert not Client.objects.filter(name="Billing sync").exists()


# ── Versions ──


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_change_without_the_version_that_was_read_is_refused(asker: Asker, method: str) -> None:
    client = made(asker)
    document = asker("GET", f"clients/{client['id']}").json
    body = {} if method == "DELETE" else document
    missing = asker(method, f"clients/{client['id']}", body)
    assert (missing.status, missing.json["code"]) == (428, "if_match_required")
    stale = asker(method, f"clients/{client['id']}", body, if_match='"0123"')
    assert (stale.status, stale.json["code"]) == (412, "changed_meanwhile")
    assert Client.objects.get(pk=client["id"]).revision == 1


def test_a_version_changes_with_everything_that_the_document_says(asker: Asker) -> None:
    path = f"clients/{made(asker)['id']}"
    before = asker("GET", path).headers["ETag"]
    assert asker("GET", path, if_none_match=before).status == 304
    assert asker("GET", path, if_none_match=f'"x", {before}').status == 304
    asker.change("PATCH", path, {"apiPermissions": ["clients.view"]})
    assert asker("GET", path, if_none_match=before).status == 200
    assert asker("PATCH", path, {"description": "x"}, if_match=before).status == 412
    assert (
        asker("PATCH", path, {"description": "x"}, if_match=f'"x", {asker("GET", path).headers["ETag"]}').status == 200
    )


# ── Once ──


def test_a_creation_that_is_sent_again_is_answered_again_without_its_secret(asker: Asker) -> None:
    first = asker("POST", "clients", NEW, idempotency_key="k-1")
    again = asker("POST", "clients", NEW, idempotency_key="k-1")
    assert (first.status, again.status) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "clientSecret" not in again.json
    assert {**again.json, "clientSecret": first.json["clientSecret"]} == first.json
    assert again.headers["Location"] == first.headers["Location"]
    assert Client.objects.filter(name="Billing sync").count() == 1


def test_a_key_is_for_one_body_and_of_one_caller(asker: Asker) -> None:
    made_first = asker("POST", "clients", NEW, idempotency_key="k")
    other = asker("POST", "clients", {**NEW, "name": "Another"}, idempotency_key="k")
    assert (other.status, other.json["code"]) == (409, "idempotency_key_reused")
    somebody = as_user(person("somebody", "Administrator"))
    theirs = somebody("POST", "clients", {**NEW, "name": "Theirs", "allowedScope": ""}, idempotency_key="k")
    assert theirs.status == 201
    assert theirs.json["id"] != made_first.json["id"]


def test_a_refused_creation_keeps_no_answer(asker: Asker) -> None:
    assert asker("POST", "clients", {**NEW, "owner": "nobody"}, idempotency_key="k").status == 400
    assert asker("POST", "clients", NEW, idempotency_key="k").status == 201


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_what_is_no_key_is_refused(asker: Asker, key: str) -> None:
    answer = asker("POST", "clients", NEW, idempotency_key=key)
    assert answer.status == 400
    assert answer.json["errors"][0]["path"] == "Idempotency-Key"


# ── Protection (R43, R44) ──


def test_r44_protection_does_not_bind_the_api_which_is_audited_until_a_setting_says_so(asker: Asker) -> None:
    path = f"clients/{made(asker)['id']}"
    assert asker("POST", f"{path}/protect", {"reason": "Payroll."}).json["protected"] is True
    assert asker.change("PATCH", path, {"description": "x"}).status == 200
    assert Event.objects.get(kind="client.changed").detail["protectionBypassed"] is True
    secret = asker("POST", f"{path}/secrets", {})
    assert secret.status == 201
    assert Event.objects.get(kind="client.secret_reset").detail["protectionBypassed"] is True
    ServerSettings.objects.update(protection_binds_api=True)
    for refused in (
        asker.change("PATCH", path, {"description": "y"}),
        asker.change("DELETE", path),
        asker("POST", f"{path}/secrets", {}),
        asker("DELETE", f"{path}/secrets/{secret.json['keyId']}"),
        asker("POST", f"{path}/revoke-tokens"),
    ):
        assert (refused.status, refused.json["code"]) == (409, "protected")
        assert "Payroll." in refused.json["errorMessage"]
    assert asker("POST", f"{path}/lift-protection", {"reason": "Done."}).json["protected"] is False
    assert asker.change("PATCH", path, {"description": "y"}).status == 200


def test_r61_the_servers_own_clients_stay_as_they_are(asker: Asker) -> None:
    own = Client.objects.get(client_id="admin")
    answer = asker.change("PATCH", f"clients/{own.pk}", {"description": "x"})
    assert (answer.status, answer.json["code"]) == (409, "system_owned")


# ── Life ──


def test_r47_a_client_is_deleted_and_restored_under_another_name(asker: Asker) -> None:
    client = made(asker)
    path = f"clients/{client['id']}"
    assert asker.change("DELETE", path).status == 204
    assert asker("GET", path).status == 404
    made(asker)  # takes the name
    taken = asker("POST", f"{path}/restore", {})
    assert (taken.status, taken.json["errors"][0]["path"]) == (400, "name")
    back = asker("POST", f"{path}/restore", {"name": "Billing again"})
    assert (back.status, back.json["name"], back.json["softDeleted"]) == (200, "Billing again", False)


def test_r15_secrets_overlap_get_a_label_and_end(asker: Asker) -> None:
    path = f"clients/{made(asker)['id']}/secrets"
    (first,) = asker("GET", path).json["items"]
    issued = asker("POST", path, {"overlap": 3600, "label": "new", "expires": "2030-01-01T00:00:00Z"}).json
    assert issued["clientSecret"].startswith(PREFIX)
    assert [row["live"] for row in asker("GET", path).json["items"]] == [True, True]
    one = f"{path}/{first['keyId']}"
    etag = {"if_match": "*"}
    assert asker("PATCH", one, {"label": "old"}, **etag).json["label"] == "old"
    assert asker("DELETE", one).status == 204
    assert [row["keyId"] for row in asker("GET", path).json["items"]] == [issued["keyId"]]
    assert asker("DELETE", one).status == 404
    assert asker("POST", path, {"expires": "yesterday"}).json["errors"][0]["path"] == "expires"


def test_r37_r40_rules_stand_on_addresses_of_their_own(asker: Asker) -> None:
    path = f"clients/{made(asker)['id']}"
    rules = {"rules": [{"cidr": "192.0.2.0/24", "action": "allow", "note": "office"}], "atAuthorize": False}
    assert asker.change("PUT", f"{path}/network-rules", rules).json == rules
    limit = [{"method": "POST", "limit": 10, "period": 60}]
    told = asker.change("PUT", f"{path}/rate-rules", {"rules": limit}).json["rules"]
    assert (told[0]["method"], told[0]["limit"], told[0]["period"]) == ("POST", 10, 60)
    unsound = {"rules": [{"cidr": "x", "action": "allow"}], "atAuthorize": True}
    wrong = asker.change("PUT", f"{path}/network-rules", unsound)
    assert wrong.status == 400
    assert wrong.json["errors"][0]["path"].startswith("allowedIpRules[0]")


def test_findings_come_with_their_fixes(asker: Asker) -> None:
    client = made(asker, allowedScope="*")
    told = asker("GET", f"clients/{client['id']}/findings").json
    assert told["findings"]
    assert {"rule", "severity", "fix"} <= told["findings"][0].keys()


def test_r48_an_export_is_recorded(asker: Asker) -> None:
    client = made(asker)
    assert asker("GET", f"clients/{client['id']}/export").json["clientSecretEncoded"] == "CONCEALED"
    assert Event.objects.filter(kind="client.exported").count() == 1


# ── The list ──


def test_r51_the_list_takes_the_consoles_filters_and_goes_on_by_cursor(asker: Asker) -> None:
    for number in range(5):
        made(asker, name=f"Client {number}", active=number != 3)
    first = asker("GET", "clients?limit=2&status=active&q=client").json
    rest = asker("GET", f"clients?limit=2&status=active&q=client&cursor={first['next']}").json
    assert [row["name"] for row in first["items"] + rest["items"]] == [f"Client {n}" for n in (4, 2, 1, 0)]
    assert rest["next"] is None


def test_a_cursor_of_another_list_or_a_made_up_one_is_refused(asker: Asker) -> None:
    for number in range(3):
        made(asker, name=f"Client {number}")
    cursor = asker("GET", "clients?limit=1").json["next"]
    for query in (f"cursor={cursor}&status=active", "cursor=abc", "cursor=%00", f"cursor={cursor}x", "cursor=é"):
        answer = asker("GET", f"clients?{query}")
        assert answer.status == 400, query
        assert answer.json["errors"][0]["path"] == "cursor"


@pytest.mark.parametrize(
    "query",
    ["sort=hash", "client_secret=x", "limit=0", "limit=201", "limit=x", "limit=1&limit=2", "status=nonsense",
     "owner__password=x", "q=%00", "limit=%EF%BC%91"],
)  # fmt: skip
def test_unknown_private_and_unsound_parameters_are_refused_by_name(asker: Asker, query: str) -> None:
    answer = asker("GET", f"clients?{query}")
    assert answer.status == 400
    assert answer.json["errors"][0]["path"] == query.split("=")[0]


# ── What a caller may not give ──


def test_r36_a_pipeline_gives_no_client_what_it_does_not_hold(make_user: MakeUser) -> None:
    person("mara")
    pipeline = by_service("clients.create", "clients.edit", "clients.view")
    answer = pipeline("POST", "clients", {**NEW, "owner": "mara", "apiPermissions": ["people.edit"]})
    assert answer.status == 400
    assert "people.edit" in answer.json["errorMessage"]


def test_r24_a_token_of_a_super_administrator_gives_no_more_than_its_scopes(super_administrator: User) -> None:
    from tests.api.asking import with_token
    from tests.console.issued import family

    client = client_named("App", grants=("authorization_code",), redirect_uris=("https://a.example/cb",))
    scopes = "authserver.clients.create authserver.clients.view"
    held = family(client, super_administrator, scope=scopes)
    asker = with_token(client, scope=scopes, family=held)
    assert asker("POST", "clients", {**NEW, "name": "Sound"}).status == 201
    more = asker("POST", "clients", {**NEW, "apiPermissions": ["clients.edit"]})
    assert more.status == 400
    assert "clients.edit" in more.json["errorMessage"]
    assert asker("GET", "users").json["code"] == "insufficient_scope"
