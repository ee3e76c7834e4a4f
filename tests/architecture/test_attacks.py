"""`docs/attacks.md` is true: each of its lines names tests, and they exist."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT
from tests.architecture.test_protocol_map import TEST, names_in

pytestmark = pytest.mark.once

TEXT = (ROOT / "docs" / "attacks.md").read_text()
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| What is tried")]


def test_every_line_says_what_it_gets_and_names_its_tests() -> None:
    assert len(ROWS) > 50
    for row in ROWS:
        _, tried, gets, tests, _ = re.split(r"(?<!\\)\|", row)
        assert tried.strip(), row
        assert gets.strip(), row
        assert TEST.search(tests), row
        assert TEST.sub("", tests).strip() == "", row


@pytest.mark.parametrize(("path", "name"), sorted(set(TEST.findall(TEXT))))
def test_a_test_that_stands_there_exists(path: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in names_in(ROOT / path)
