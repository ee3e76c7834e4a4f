"""Every room and every test that `docs/protocol_map.md` names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROW = re.compile(r"^\| (?P<section>[^|]+) \| [^|]+ \| `(?P<room>[^`]+)` \| `(?P<test>[^`]+)` \|$", re.MULTILINE)


def rows() -> list[tuple[str, str, str]]:
    text = (ROOT / "docs" / "protocol_map.md").read_text()
    found = [(row["section"], row["room"], row["test"]) for row in ROW.finditer(text)]
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| § |")]
    assert len(found) == len(lines), "a row cannot be read"
    return found


@cache
def names_in(path: Path) -> frozenset[str]:
    """Functions and classes at the top of a file."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return frozenset(node.name for node in ast.parse(path.read_text()).body if isinstance(node, kinds))


@pytest.mark.parametrize(("section", "room", "test"), rows())
def test_the_room_and_the_test_of_a_row_exist(section: str, room: str, test: str) -> None:
    module, _, function = room.partition(":")
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    assert path.exists(), f"{section}: there is no room {module}"
    assert function == "*" or function in names_in(path), f"{section}: {module} has no {function}"
    file, _, name = test.partition("::")
    assert (ROOT / file).exists(), f"{section}: there is no {file}"
    tests = {found for found in names_in(ROOT / file) if found.lower().startswith("test")}
    assert tests, f"{section}: {file} tests nothing"
    assert name == "*" or name in tests, f"{section}: {file} has no {name}"
