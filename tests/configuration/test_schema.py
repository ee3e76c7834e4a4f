"""`docs/configuration.schema.json` is the word on every key: it knows what the code knows, no more and no less."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone
from jsonschema import Draft202012Validator

from accounts import claims, groups, people, server_settings
from accounts.models import User
from authserver.configuration import sections, shape
from clients.documents import document as client_document
from clients.documents.planning import DocumentRefused, plan_client
from clients.rules import grant_types, validation
from policies import catalogue_changes
from tests.configuration.test_apply import WHOLE

SCHEMA = shape.schema()
SECTIONS = SCHEMA["properties"]


def keys_of(section: str) -> set[str]:
    return set(SECTIONS[section]["items"]["properties"])


def test_it_is_a_schema_of_its_draft() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMA)


def test_it_knows_every_section_and_setting() -> None:
    assert set(SECTIONS) == set(sections.SECTIONS)
    assert set(SECTIONS["settings"]["properties"]) == set(server_settings.DOCUMENT_KEYS)


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("users", {"username", "password", *people.DOCUMENT_KEYS.values()}),
        ("groups", {"name", *groups.DOCUMENT_KEYS.values()}),
        ("apis", {"name", "introspectors", *catalogue_changes.API_COLUMNS}),
        ("scopes", {"name", "api", *catalogue_changes.SCOPE_COLUMNS}),
        (
            "clients",
            {
                *client_document.RULE_LISTS,
                *client_document.SHAPES,
                *client_document.IGNORED,
                *client_document.NOT_YET,
            },
        ),
    ],
)
def test_its_keys_are_the_codes(section: str, keys: set[str]) -> None:
    assert keys_of(section) == keys


def of_client(**values: Any) -> dict[str, Any]:
    return {"clients": [{"clientId": "c", **values}]}


WEIRD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 60, 2**31 - 1, 2**31, 0.0, 1.0, 60.5, "", " ", "x", "0", "true", "null", "global",
    "never", "unlimited", "opaque", "jwt", "confidential", "none", "private_key_jwt", "client_secret_post", "x" * 256,
    "x" * 2001, [], {}, [""], ["x"], [1], ["x", "x"], ["client_credentials"], ["client_credentials"] * 2, {"a": 1},
    ["https://a.example/"], ["https://a.example/"] * 2, "eve", "long-enough-for-a-secret-1", "RS256",
)  # fmt: skip


@pytest.mark.parametrize("key", sorted(client_document.NOT_YET))
def test_words_of_later_take_only_what_says_nothing_in_schema_and_code(key: str) -> None:
    def read(value: Any) -> bool:
        return not client_document.from_document({"clientId": "c", key: value}, path="clients[0]")[1]

    read_by_code = [value for value in WEIRD if read(value)]
    assert read_by_code == [
        value for value in WEIRD if Draft202012Validator(SCHEMA).is_valid(of_client(**{key: value}))
    ]
    assert read_by_code


@pytest.mark.django_db
@pytest.mark.parametrize("key", sorted(keys_of("clients")))
def test_what_applies_is_what_the_schema_allows(key: str) -> None:
    """Rules beyond the shape may refuse more; but an editor that knows the schema never objects to what applies."""
    User.objects.create_user("eve")
    rows = ({**PLAIN, key: value} for value in WEIRD)
    accepted = [row for row in rows if applies(row)]
    assert [row[key] for row in accepted if not Draft202012Validator(SCHEMA).is_valid({"clients": [row]})] == []
    assert accepted


PLAIN = {"clientId": "c", "name": "C", "owner": "eve", "grants": ["client_credentials"]}


def applies(row: dict[str, Any]) -> bool:
    try:
        plan_client(row, now=timezone.now())
    except DocumentRefused:
        return False
    return True


def test_its_claims_are_the_standards() -> None:
    known = SECTIONS["users"]["items"]["properties"]["claims"]["properties"]
    assert set(known) == claims.STANDARD_CLAIMS
    assert set(known["address"]["properties"]) == claims.ADDRESS_PARTS


def test_its_words_for_clients_are_the_codes() -> None:
    client = SECTIONS["clients"]["items"]["properties"]
    assert client["type"]["enum"] == list(validation.TYPES)
    assert set(client["grants"]["items"]["enum"]) == set(grant_types.BY_VALUE)
    methods = {method for possible in validation.AUTH_METHODS.values() for method in possible}
    assert set(client["tokenEndpointAuthMethod"]["enum"]) == {*methods, "", None}
    assert client["tokenFormat"]["enum"] == list(validation.TOKEN_FORMATS)
    for key in ("idTokenSignedResponseAlg", "accessTokenSignedResponseAlg"):
        assert sorted(client[key]["enum"]) == sorted(validation.SIGNATURES)


def test_no_object_of_it_lets_an_unknown_key_through() -> None:
    def objects(part: Any) -> Any:
        if isinstance(part, dict):
            if part.get("type") == "object":
                yield part
            for inner in part.values():
                yield from objects(inner)

    a_map = SECTIONS["settings"]["properties"]["upstream"]["properties"]["groups"]  # its keys are another's values
    assert all(part["additionalProperties"] is False for part in objects(SCHEMA) if part is not a_map)


def test_a_document_that_works_is_one_that_it_allows() -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(WHOLE)))
