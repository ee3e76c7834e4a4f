"""R48's document and its way back: reading, refusing by name, planning and applying, idempotently."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Event
from clients.documents.applying import apply_client
from clients.documents.document import CONCEALED, from_document, to_document
from clients.documents.planning import ClientPlan, DocumentRefused, plan_client
from clients.models import Client
from clients.secrets import credentials
from tests.clients.people import BY, person, registered

R48_KEYS = [
    "id", "name", "clientId", "clientSecretEncoded", "active", "softDeleted", "apiPermissions", "allowedIpRules",
    "rateLimitRules", "meta", "namespaces", "primaryNamespace", "ownerId",
]  # fmt: skip
SECRET = "a-Very-good-secret-1"
ROW: dict[str, Any] = {
    "clientId": "billing-sync",
    "name": "Billing sync",
    "grants": ["client_credentials"],
    "owner": "mara",
    "clientSecret": SECRET,
}


def apply(row: dict[str, Any]) -> ClientPlan:
    plan = plan_client(row, now=timezone.now())
    apply_client(plan, by=BY, now=timezone.now())
    return plan


def refusals(row: object) -> list[str]:
    with pytest.raises(DocumentRefused) as refusal:
        plan_client(row, now=timezone.now(), path="clients[3]")
    return [str(fault) for fault in refusal.value.faults]


# ── Reading and refusing: no database ──


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("clientid", "x"),
        ("secret", "x"),
        ("namespaces", "finance"),
        ("namespaces", [""]),
        ("primaryNamespace", ["finance"]),
        ("rateLimitRules", None),
        ("rateLimitRules", {"method": "POST", "limit": 1, "period": 1}),
        ("allowedIpRules", None),
        ("allowedIpRules", {"cidr": "10.0.0.0/8"}),
        ("apiPermissions", "clients.view"),
        ("apiPermissions", None),
        ("apiPermissions", [""]),
        ("apiPermissions", [["clients.view"]]),
        ("apiPermissions", ["clients.view", "clients.view"]),
        ("postLogoutRedirectUris", "https://a.example/"),
        ("idTokenSignedResponseAlg", None),
        ("accessTokenSignedResponseAlg", ["ES256"]),
        ("networkRulesAtAuthorize", "no"),
        ("securityProfile", "fapi"),
        ("softDeleted", None),
        ("softDeleted", "no"),
        ("active", 1),
        ("active", None),
        ("name", None),
        ("name", 7),
        ("grants", "client_credentials"),
        ("grants", [1]),
        ("redirectUris", ["https://a.example/", ""]),
        ("redirectUris", "https://a.example/"),
        ("accessTokenLifetime", "3600"),
        ("accessTokenLifetime", 1.5),
        ("accessTokenLifetime", True),
        ("accessTokenLifetime", None),
        ("refreshLimit", "never"),
        ("refreshGrace", "0"),
        ("refreshGrace", None),
        ("refreshGrace", False),
        ("refreshGrace", 1.5),
        ("pkceRequired", "true"),
        ("clientSecret", None),
        ("clientSecret", ["x"]),
        ("clientId", 5),
        ("owner", 5),
        ("tokenEndpointAuthMethod", 5),
    ],
)
def test_a_key_or_value_that_this_version_lacks_is_refused_by_name(key: str, value: object) -> None:
    row, faults = from_document({**ROW, key: value}, path="clients[3]")
    assert row is None
    assert [fault.path for fault in faults] == [f"clients[3].{key}"]


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_words_of_later_versions_are_accepted_while_they_say_nothing(empty: object) -> None:
    row, faults = from_document({**ROW, "securityProfile": empty}, path="x")
    assert row is not None
    assert faults == []


def test_r48_what_the_server_writes_itself_is_read_and_ignored() -> None:
    ignored = {"id": "nonsense", "meta": 5, "clientSecretEncoded": "leaked?"}
    assert from_document({**ROW, **ignored}, path="x") == from_document(ROW, path="x")


def test_owner_and_owner_id_hold_the_same_name() -> None:
    row, faults = from_document({**ROW, "ownerId": "tomas"}, path="clients[0]")
    assert row is None
    assert [fault.path for fault in faults] == ["clients[0].ownerId"]
    row, _ = from_document({key: v for key, v in ROW.items() if key != "owner"} | {"ownerId": "tomas"}, path="x")
    assert row is not None
    assert row.facts.owner == "tomas"


@pytest.mark.parametrize("data", [None, [], "client", 5])
def test_a_row_that_is_no_object_is_refused(data: object) -> None:
    assert from_document(data, path="clients[0]")[1][0].path == "clients[0]"


def test_a_hostile_key_is_named_without_its_control_characters() -> None:
    _, faults = from_document({**ROW, "na\x1b[31mme": 1}, path="x")
    assert all(str(fault).isprintable() for fault in faults)


def test_a_read_row_does_not_print_its_secret() -> None:
    row, _ = from_document(ROW, path="x")
    assert SECRET not in repr(row)


# ── Writing ──


@pytest.mark.django_db
def test_r48_the_keys_come_first_and_in_this_order_and_the_secret_is_concealed() -> None:
    new = registered(client_id="billing-sync")
    document = to_document(new.client)
    assert list(document)[: len(R48_KEYS)] == R48_KEYS
    assert document["clientSecretEncoded"] == "CONCEALED"
    assert (document["ownerId"], document["owner"]) == ("mara", "mara")
    for moment in document["meta"].values():
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)
    text = json.dumps(document)
    assert str(new.secret) not in text
    assert "argon2" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("client_id", ["admin", "push", "billing-sync"])
def test_r48_what_is_exported_can_be_applied_and_changes_nothing(client_id: str) -> None:
    registered(client_id="billing-sync", refresh_limit="unlimited", access_token_lifetime="never")
    events = Event.objects.count()
    document = json.loads(json.dumps(to_document(Client.objects.get(client_id=client_id))))
    assert apply(document).action == "none"
    assert Event.objects.count() == events


# ── Planning and applying ──


@pytest.mark.django_db
def test_a_new_row_is_registered_with_defaults_for_what_it_leaves_out() -> None:
    person("mara")
    plan = apply(ROW)
    client = Client.objects.get(client_id="billing-sync")
    assert plan.action == "add"
    assert plan.changes["clientSecret"] == [None, CONCEALED]
    assert (client.client_type, client.is_active, client.refresh_limit) == ("confidential", True, 0)
    assert client.service_account is not None
    assert credentials.find(SECRET, credentials.live_secrets(client.pk, now=timezone.now())) is not None


@pytest.mark.django_db
def test_applying_twice_changes_nothing_the_second_time() -> None:
    person("mara")
    apply(ROW)
    before = (Client.objects.get(client_id="billing-sync").revision, Event.objects.count())
    assert apply(ROW).action == "none"
    assert (Client.objects.get(client_id="billing-sync").revision, Event.objects.count()) == before


@pytest.mark.django_db
def test_r12_without_client_secret_a_new_confidential_client_has_none_until_reset() -> None:
    person("mara")
    apply({key: value for key, value in ROW.items() if key != "clientSecret"})
    assert not Client.objects.get(client_id="billing-sync").secrets.exists()


@pytest.mark.django_db
def test_on_change_a_key_left_out_keeps_its_value_and_a_named_one_becomes_what_it_says() -> None:
    person("mara")
    apply({**ROW, "description": "keep me", "accessTokenLifetime": 900})
    plan = apply({"clientId": "billing-sync", "accessTokenLifetime": "global", "active": False})
    client = Client.objects.get(client_id="billing-sync")
    assert plan.changes == {"accessTokenLifetime": [900, "global"], "active": [True, False]}
    assert (client.description, client.access_token_lifetime, client.is_active) == ("keep me", None, False)
    assert {"client.changed", "client.deactivated"} <= set(Event.objects.values_list("kind", flat=True))


@pytest.mark.django_db
def test_r15_a_changed_client_secret_replaces_all_earlier_ones_at_once() -> None:
    person("mara")
    apply(ROW)
    plan = apply({"clientId": "billing-sync", "clientSecret": "another-Good-secret-2"})
    live = credentials.live_secrets(Client.objects.get(client_id="billing-sync").pk, now=timezone.now())
    assert plan.changes == {"clientSecret": [CONCEALED, CONCEALED]}
    assert credentials.find("another-Good-secret-2", live) is not None
    assert credentials.find(SECRET, live) is None
    assert SECRET not in str(Event.objects.values())


@pytest.mark.django_db
def test_a_generated_secret_that_still_holds_may_be_named_and_changes_nothing() -> None:
    new = registered(client_id="billing-sync")
    assert plan_client({"clientId": "billing-sync", "clientSecret": new.secret}, now=timezone.now()).action == "none"


@pytest.mark.django_db
def test_planning_writes_nothing() -> None:
    person("mara")
    clients = Client.objects.count()
    assert plan_client(ROW, now=timezone.now()).action == "add"
    assert Client.objects.count() == clients


@pytest.mark.django_db
def test_r7_left_out_the_owner_is_the_longest_standing_super_administrator() -> None:
    row = {key: value for key, value in ROW.items() if key != "owner"}
    assert refusals(row) == ["clients[3].owner: An owner is required: who answers for this client."]
    person("first", is_superuser=True)
    person("second", is_superuser=True)
    apply(row)
    assert Client.objects.get(client_id="billing-sync").owner == person("first")


@pytest.mark.django_db
def test_an_unknown_owner_is_an_error() -> None:
    assert refusals(ROW) == ["clients[3].owner: There is no active person 'mara'."]


@pytest.mark.django_db
def test_r5_redirect_faults_read_line_n_here_too_all_at_once() -> None:
    person("mara")
    row = {**ROW, "redirectUris": ["https://a.example/", "http://a.example/", "x"]}
    assert [refusal.split(": ")[:2] for refusal in refusals(row)] == [
        ["clients[3].redirectUris", "line 2"],
        ["clients[3].redirectUris", "line 3"],
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"type": "public"}, "grants"),
        ({"grants": ["token-exchange"]}, "grants"),
        ({"grants": ["urn:ietf:params:oauth:grant-type:token-exchange"]}, "grants"),
        ({"grants": []}, "grants"),
        ({"clientSecret": "weak"}, "clientSecret"),
        ({"clientId": "\x00"}, "clientId"),
        ({"clientId": ""}, "clientId"),
        ({"name": "half\ud83d"}, "name"),
        ({"name": "<b>"}, "name"),
        ({"displayName": "a\r\nb"}, "displayName"),
        ({"description": "\x00"}, "description"),
        ({"allowedScope": "half\ud83d"}, "allowedScope"),
        ({"accessTokenLifetime": 2_147_483_648}, "accessTokenLifetime"),
        ({"accessTokenLifetime": 0}, "accessTokenLifetime"),
        ({"refreshLimit": -1}, "refreshLimit"),
        ({"tokenFormat": "paseto"}, "tokenFormat"),
        ({"tokenFormat": "jwt", "accessTokenLifetime": "never"}, "accessTokenLifetime"),
        ({"idTokenSignedResponseAlg": "none"}, "idTokenSignedResponseAlg"),
        ({"accessTokenSignedResponseAlg": "HS256"}, "accessTokenSignedResponseAlg"),
        ({"postLogoutRedirectUris": ["http://a.example/"]}, "postLogoutRedirectUris"),
        ({"tokenEndpointAuthMethod": "private_key_jwt"}, "clientJwks"),
        ({"clientJwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, "clientJwks"),
        ({"clientJwksUri": "http://app.example/jwks"}, "clientJwksUri"),
        ({"clientJwksUri": "half\ud83d"}, "clientJwksUri"),
        ({"owner": "half\ud83d"}, "owner"),
        ({"clientSecret": "half\ud83d-of-a-long-pair-1"}, "clientSecret"),
    ],
)
def test_hostile_and_unsound_values_get_their_named_error_and_write_nothing(change: dict[str, Any], path: str) -> None:
    person("mara")
    clients = Client.objects.count()
    found = refusals({**ROW, **change})
    assert found[0].startswith(f"clients[3].{path}:")
    assert all(refusal.isprintable() for refusal in found)
    assert Client.objects.count() == clients


@pytest.mark.django_db
def test_a_hostile_secret_for_a_stored_client_is_refused_too() -> None:
    registered(client_id="billing-sync")
    for secret in ("half\ud83d-of-a-long-pair-1", "nul\x00-in-a-long-secret", ""):
        assert refusals({"clientId": "billing-sync", "clientSecret": secret})[0].startswith("clients[3].clientSecret")


@pytest.mark.django_db
def test_r61_system_clients_cannot_be_changed_by_document() -> None:
    assert "belongs to the server itself" in refusals({"clientId": "push", "description": "x"})[0]


@pytest.mark.django_db
def test_r44_protection_does_not_bind_documents_and_the_event_says_so() -> None:
    client = registered(client_id="billing-sync").client
    Client.objects.filter(pk=client.pk).update(is_protected=True, protected_reason="Settlement.")
    apply({"clientId": "billing-sync", "description": "changed"})
    assert Event.objects.get(kind="client.changed").detail == {"protectionBypassed": True, "revision": 2}


@pytest.mark.django_db
def test_a_client_that_changed_between_plan_and_apply_is_refused() -> None:
    registered(client_id="billing-sync")
    early = plan_client({"clientId": "billing-sync", "description": "early"}, now=timezone.now())
    apply({"clientId": "billing-sync", "description": "late"})
    with pytest.raises(DocumentRefused, match="plan again"):
        apply_client(early, by=BY, now=timezone.now())


@pytest.mark.django_db
def test_r11_the_type_changes_by_document_with_its_secret() -> None:
    person("mara")
    apply({"clientId": "x", "name": "X", "type": "public", "grants": ["personal_access_token"], "owner": "mara"})
    apply({"clientId": "x", "type": "confidential", "clientSecret": SECRET})
    client = Client.objects.get(client_id="x")
    assert client.service_account is not None
    assert client.secrets.filter(revoked_at=None).count() == 1
