"""Every requirement that is built has a test that names it, in its name or its docstring."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.architecture.source import ROOT

pytestmark = pytest.mark.once

BUILT = (*range(1, 9), *range(10, 24), *range(25, 65))
NAMED = re.compile(r"(?<![A-Za-z0-9])[Rr](\d{1,2})(?![A-Za-z0-9])")


@cache
def named_requirements() -> dict[int, list[str]]:
    """Requirement → the tests that name it."""
    found: dict[int, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in NAMED.findall(f"{node.name} {ast.get_docstring(node) or ''}"):
                    found.setdefault(int(number), []).append(f"{path.relative_to(ROOT)}::{node.name}")
    return found


@pytest.mark.parametrize("number", BUILT)
def test_the_requirement_is_named_by_a_test(number: int) -> None:
    assert named_requirements().get(number), f"No test names R{number}."
