"""`docs/protocol_map.md` is true: its rooms and tests exist, and what the code cites stands in it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from authserver.configuration import shape
from tests.architecture.source import ROOT, modules

pytestmark = pytest.mark.once

TEXT = (ROOT / "docs" / "protocol_map.md").read_text()
PARTS = dict(
    re.findall(
        r"^## (RFC \d+|OpenID Connect [A-Za-z -]+?)(?:,| 1\.0)[^\n]*\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL
    )
)
ROOM = re.compile(r"`([a-z_/]+\.py):(\w+)`")
TEST = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(\w+)`")
SECTION = re.compile(r"(?:§|App\. )[A-Z]?[\d.]*\d|App\. [A-Z]")
REQUIREMENT = re.compile(r"\bR(\d{1,2})\b")
# What this version must say of each standard, as a row or as one that is not there yet.
EXPECTED = {
    "RFC 6749": {
        "§2.1", "§2.2", "§2.3", "§2.3.1", "§3.1", "§3.1.1", "§3.1.2", "§3.1.2.2", "§3.1.2.3", "§3.1.2.4", "§3.2",
        "§3.2.1", "§3.3", "§4.1", "§4.1.1", "§4.1.2", "§4.1.2.1", "§4.1.3", "§4.2", "§4.2.2", "§4.2.2.1", "§4.3",
        "§4.3.2", "§4.3.3", "§4.4", "§4.4.2", "§4.4.3", "§5.1", "§5.2", "§6", "§10.1", "§10.2", "§10.3", "§10.4",
        "§10.5", "§10.6", "§10.8", "§10.9", "§10.10", "§10.12", "§10.13", "§10.14", "§10.15",
    },
    "RFC 6750": {"§2.1", "§2.2", "§2.3", "§3", "§3.1", "§5.2", "§5.3"},
    "RFC 7009": {"§2", "§2.1", "§2.2", "§2.2.1", "§5"},
    "RFC 7517": {"§4.2", "§4.4", "§4.5", "§5"},
    "RFC 7518": {"§3.1", "§3.3"},
    "RFC 7521": {"§4.2", "§4.2.1"},
    "RFC 7523": {"§2.2", "§3", "§5"},
    "RFC 7617": {"§2"},
    "RFC 7636": {"§4.1", "§4.2", "§4.3", "§4.4", "§4.4.1", "§4.5", "§4.6", "§7.2"},
    "RFC 7662": {"§2", "§2.1", "§2.2", "§2.3", "§4"},
    "RFC 8252": {"§6", "§7.1", "§7.2", "§7.3", "§8.1", "§8.3", "§8.4", "§8.5", "§8.6", "§8.10"},
    "RFC 8414": {"§2", "§3", "§3.1", "§3.2", "§3.3", "§6.1"},
    "RFC 8628": {"§3.1", "§3.2", "§3.3", "§3.3.1", "§3.4", "§3.5", "§4", "§5.1", "§5.2", "§5.4", "§6.1"},
    "RFC 8707": {"§2"},
    "RFC 9068": {"§2.1", "§2.2", "§2.2.3", "§3", "§4", "§5"},
    "RFC 9700": {"§2.1", "§2.1.1", "§2.3", "§2.4", "§2.5", "§2.6", "§4.1.3", "§4.13"},
    "RFC 9106": {"§4"},
    "RFC 9207": {"§2", "§2.3", "§2.4", "§3"},
    "RFC 9110": {"§11.1", "§15.5.6", "§15.5.14"},
    "RFC 5869": {"§2"},
    "OpenID Connect Core": {
        "§2", "§3.1.2.1", "§3.1.2.2", "§3.1.2.3", "§3.1.2.4", "§3.1.2.5", "§3.1.2.6", "§3.1.3.2", "§3.1.3.3",
        "§3.1.3.6", "§3.2.2.1", "§3.2.2.5", "§3.2.2.9", "§3.2.2.10", "§5.1", "§5.3", "§5.3.1", "§5.3.2", "§5.3.3",
        "§5.4", "§5.5", "§5.7", "§6.1", "§6.2", "§9", "§10.1", "§11", "§12.1", "§12.2", "§15.1", "§16.17",
    },
    "OpenID Connect Discovery": {"§3", "§4", "§4.1", "§4.2", "§4.3", "§7.1"},
    "OpenID Connect RP-Initiated Logout": {"§2", "§3", "§6"},
}  # fmt: skip


def rows() -> list[str]:
    """Every row of every table but its head."""
    lines = (line for line in TEXT.splitlines() if line.startswith("| "))
    return [line for line in lines if not line.startswith("| Section |")]


def not_yet() -> list[str]:
    return [line for line in TEXT.splitlines() if line.startswith("- Not yet: ")]


@cache
def names_in(path: Path) -> frozenset[str]:
    """What stands at the top of a module, and the methods of its classes."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found.update(inner.name for inner in node.body if isinstance(inner, ast.FunctionDef))
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found.update(target.id for target in targets if isinstance(target, ast.Name))
    return frozenset(found)


def test_every_row_names_a_section_a_room_and_a_test() -> None:
    incomplete = [row for row in rows() if not (SECTION.search(row) and ROOM.search(row) and TEST.search(row))]
    assert incomplete == []
    assert len(rows()) > 50


def test_every_row_has_its_four_cells_and_nothing_in_them_goes_unread() -> None:
    """A name that neither pattern reads would never be looked up."""
    for row in rows():
        _, section, _, rooms, tests, _ = re.split(r"(?<!\\)\|", row)
        assert SECTION.sub("", section).strip(" ,") == "", row
        assert ROOM.sub("", rooms).strip() == "", row
        assert TEST.sub("", tests).strip() == "", row


@pytest.mark.parametrize(("path", "name"), sorted(set(ROOM.findall(TEXT))))
def test_a_room_that_stands_there_exists(path: str, name: str) -> None:
    assert name in names_in(ROOT / path)


@pytest.mark.parametrize(("path", "name"), sorted(set(TEST.findall(TEXT))))
def test_a_test_that_stands_there_exists(path: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in names_in(ROOT / path)


@pytest.mark.parametrize("standard", EXPECTED)
def test_the_sections_that_this_version_answers_for_are_all_spoken_of(standard: str) -> None:
    assert sections_of(standard) >= EXPECTED[standard]


def sections_of(standard: str) -> set[str]:
    return {section for section in SECTION.findall(PARTS.get(standard, "")) if section.startswith("§")}


def test_what_is_not_there_yet_names_the_requirement_that_will_bring_it() -> None:
    for line in not_yet():
        assert {int(number) for number in REQUIREMENT.findall(line)} & set(range(1, 65)), line
        assert not TEST.search(line), line


def cited() -> Iterator[tuple[str, str, str]]:
    """Module, standard and section of every citation in the code, the linter's table of its own left aside."""
    for module in modules():
        if not module.name.startswith("clients.linter"):
            for standard, section in re.findall(r"(RFC \d+) (§[\d.]*\d)", module.path.read_text()):
                yield module.name, standard, section


def spoken_of(standard: str, section: str) -> bool:
    """By itself, by a section of a section that it is part of, or by one of its own parts."""
    parts = section.split(".")
    around = {".".join(parts[:depth]) for depth in range(2, len(parts))} | {section}
    return any(one in around or one.startswith(f"{section}.") for one in sections_of(standard))


def test_what_the_code_cites_of_these_standards_stands_in_the_map() -> None:
    assert [one for one in cited() if one[1] in PARTS and not spoken_of(one[1], one[2])] == []


CONFORMANCE = (ROOT / "docs" / "conformance.md").read_text()


@pytest.mark.parametrize(("path", "name"), sorted(set(TEST.findall(CONFORMANCE))))
def test_a_test_that_mirrors_a_module_of_the_conformance_suite_exists(path: str, name: str) -> None:
    assert name in names_in(ROOT / path)


def test_the_document_for_the_conformance_suite_is_one_that_can_be_applied() -> None:
    """Its shape; the owner of its clients is a user of its own."""
    (text,) = re.findall(r"```json\n(.*?)```", CONFORMANCE, re.DOTALL)
    document = json.loads(text)
    assert shape.faults_of(document) == []
    assert {client["owner"] for client in document["clients"]} <= {user["username"] for user in document["users"]}
