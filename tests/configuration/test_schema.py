"""`docs/configuration.schema.json` is the word on every key: it knows what the code knows, no more and no less."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator

from accounts import claims, groups, people, server_settings
from authserver.configuration import sections, shape
from clients import document as client_document
from clients import grant_types, validation
from policies import catalogue_changes
from tests.configuration.conftest import Apply
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
            {*client_document.SHAPES, *client_document.IGNORED}
            | {key for key in client_document.NOT_YET if key in SECTIONS["clients"]["items"]["properties"]},
        ),
    ],
)
def test_its_keys_are_the_codes(section: str, keys: set[str]) -> None:
    assert keys_of(section) == keys


def test_keys_of_clients_that_wait_for_later_take_only_what_says_nothing() -> None:
    for key, neutral in client_document.NOT_YET.items():
        if key in keys_of("clients"):
            rule = Draft202012Validator(SECTIONS["clients"]["items"]["properties"][key])
            assert any(rule.is_valid(value) for value in neutral), key
            assert not rule.is_valid("something"), key


def test_its_claims_are_the_standards() -> None:
    known = SECTIONS["users"]["items"]["properties"]["claims"]["properties"]
    assert set(known) == claims.STANDARD_CLAIMS
    assert set(known["address"]["properties"]) == claims.ADDRESS_PARTS


def test_its_words_for_clients_are_the_codes() -> None:
    client = SECTIONS["clients"]["items"]["properties"]
    assert client["type"]["enum"] == list(validation.TYPES)
    assert set(client["grants"]["items"]["enum"]) == set(grant_types.BY_VALUE)
    methods = {method for possible in validation.AUTH_METHODS.values() for method in possible}
    assert set(client["tokenEndpointAuthMethod"]["enum"]) == {*methods, None}
    assert client["tokenFormat"]["const"] in validation.SUPPORTED_TOKEN_FORMATS


def test_no_object_of_it_lets_an_unknown_key_through() -> None:
    def objects(part: Any) -> Any:
        if isinstance(part, dict):
            if part.get("type") == "object":
                yield part
            for inner in part.values():
                yield from objects(inner)

    assert all(part["additionalProperties"] is False for part in objects(SCHEMA))


def test_a_document_that_works_is_one_that_it_allows() -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(WHOLE)))


def test_the_example_of_the_documentation_works(apply: Apply) -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "configuration.md").read_text()
    example = text.split("```json\n")[1].split("```")[0]
    Draft202012Validator(SCHEMA).validate(json.loads(example))
    assert "added" in apply(example)
    assert "Nothing to change" in apply(example)
