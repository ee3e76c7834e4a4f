"""`docs/configuration.md`: its example applies, its plan is what is printed, its tables are the schema's."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from authserver.configuration import shape
from clients.models import Client
from tests.configuration.conftest import Apply
from tests.configuration.key_tables import PAGE, page_with_tables
from tests.configuration.test_refused_documents import Refusal

TEXT = PAGE.read_text()
BLOCKS = dict(re.findall(r"^```(json|)\n([{+].*?)^```$", TEXT, re.DOTALL | re.MULTILINE))
EXAMPLE, PLAN = BLOCKS["json"], BLOCKS[""]
SECTIONS = shape.schema()["properties"]
# The least that a new row of each section needs.
LEAST: dict[str, Any] = {
    "users": {"username": "mara"},
    "groups": {"name": "Operations"},
    "clients": {"clientId": "orders-api", "name": "Orders API", "owner": "mara", "grants": ["client_credentials"]},
    "apis": {"name": "Orders", "audience": "https://orders.example"},
    "scopes": {"name": "orders.read"},
}


def test_the_example_applies_once_and_then_plans_nothing(apply: Apply) -> None:
    Draft202012Validator(shape.schema()).validate(json.loads(EXAMPLE))
    assert "5 added, 1 changed." in apply(EXAMPLE)
    assert "Nothing to change" in apply(EXAMPLE)
    assert Client.objects.get(client_id="orders-api").introspects.get().name == "Orders"


def test_the_plan_shown_is_the_plan_printed(apply: Apply) -> None:
    assert apply(EXAMPLE, "--plan") == PLAN


def test_the_tables_of_keys_are_the_schemas() -> None:
    """`python -m tests.configuration.key_tables` writes them anew."""
    assert page_with_tables(TEXT) == TEXT


def defaults(section: str) -> dict[str, Any]:
    keys = SECTIONS[section].get("items", SECTIONS[section])["properties"]
    return {key: rule["default"] for key, rule in keys.items() if "default" in rule}


@pytest.mark.parametrize("section", LEAST)
def test_a_key_left_out_of_a_new_row_takes_the_default_that_is_written(apply: Apply, section: str) -> None:
    apply({"users": [LEAST["users"]]})
    apply({section: [LEAST[section]]})
    spelled_out = {section: [{**LEAST[section], **defaults(section)}]}
    assert apply(spelled_out).startswith("Nothing to change"), spelled_out


def test_the_settings_of_a_new_server_are_the_defaults_that_are_written(apply: Apply) -> None:
    assert set(defaults("settings")) == set(SECTIONS["settings"]["properties"])
    assert apply({"settings": defaults("settings")}).startswith("Nothing to change")


@pytest.mark.parametrize("section", LEAST)
def test_every_key_has_a_default_or_is_one_of_a_few_that_have_none(section: str) -> None:
    keys = SECTIONS[section]["items"]["properties"]
    without = {key for key, rule in keys.items() if "default" not in rule and "$ref" not in rule}
    described = {"password", "id", "meta", "clientSecretEncoded", "clientSecret", "owner", "ownerId"}
    assert without <= {*LEAST[section], *described}


def client(client_id: str, name: str) -> dict[str, Any]:
    return {**LEAST["clients"], "clientId": client_id, "name": name}


def test_who_takes_a_name_that_another_gives_up_stands_after_it(apply: Apply, refusal: Refusal) -> None:
    apply({"users": [LEAST["users"]], "clients": [client("a", "A"), client("b", "B")]})
    (fault,) = refusal({"clients": [client("a", "B"), client("b", "C")]})
    assert fault.startswith("clients[0].name: A client of this name")
    apply({"clients": [client("b", "C"), client("a", "B")]})
    (fault,) = refusal({"clients": [client("a", "C"), client("b", "B")]})[:1]
    assert fault.startswith("clients[0].name: A client of this name")


def test_a_list_and_an_object_are_taken_whole(apply: Apply) -> None:
    mara = {"username": "mara", "groups": ["Auditor", "Developer"], "claims": {"locale": "en", "nickname": "M"}}
    apply({"users": [mara]})
    output = apply({"users": [{"username": "mara", "groups": ["Auditor"], "claims": {"locale": "en"}}]})
    assert '    groups: ["Auditor", "Developer"] → ["Auditor"]' in output
    assert '    claims: {"locale": "CONCEALED", "nickname": "CONCEALED"} → {"locale": "CONCEALED"}' in output


def refused_examples() -> list[str]:
    table = TEXT.split("## What is refused")[1].split("\n## ")[0]
    cells = re.findall(r"^\| [^|]+ \| (`.*`) \|$", table, re.MULTILINE)
    return [example for cell in cells for example in re.findall(r"`([^`]+)`", cell)]


def as_document(example: str) -> str:
    """A whole document as it is; a key with its value in a row of a section that knows it; a number as a setting."""
    if example.startswith("{"):
        return example
    if example[0].isdigit():
        example = f'"accessTokenLifetime": {example}'
    key = next(iter(json.loads(f"{{{example}}}")))
    if key in SECTIONS["settings"]["properties"]:
        return f'{{"settings": {{{example}}}}}'
    section = "users" if key in SECTIONS["users"]["items"]["properties"] else "clients"
    rest = json.dumps({name: value for name, value in LEAST[section].items() if name != key})
    others = f'"users": [{json.dumps(LEAST["users"])}], ' if section == "clients" else ""
    return f'{{{others}"{section}": [{rest[:-1]}, {example}}}]}}'


@pytest.mark.parametrize("example", refused_examples())
def test_what_the_page_says_is_refused_is_refused(refusal: Refusal, example: str) -> None:
    (fault,) = refusal(as_document(example))
    assert fault


def test_the_page_gives_an_example_of_every_kind_of_refusal() -> None:
    assert len(refused_examples()) == 10
