"""The house rules that a machine can hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ORDER, ROOT, modules

pytestmark = pytest.mark.once

LONGEST_FILE = 400  # lines
WITHOUT_WORDS = ("migrations", "management", "commands", "templatetags")


def test_every_package_says_what_lives_there() -> None:
    silent = [
        module.name
        for module in modules()
        if module.path.name == "__init__.py"
        and module.path.parent.name not in WITHOUT_WORDS
        and len(ast.get_docstring(module.tree) or "") < 60
    ]
    assert silent == []


def test_every_module_says_what_it_is_for() -> None:
    exempt = {"apps.py", "__init__.py"}
    silent = [m.name for m in modules() if m.path.name not in exempt and not ast.get_docstring(m.tree)]
    assert silent == []


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in written_files()
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def written_files() -> Iterator[Path]:
    for folder in (*ORDER, "templates", "static", "tests"):
        for pattern in ("*.py", "*.html", "*.css", "*.js"):
            yield from (p for p in (ROOT / folder).rglob(pattern) if "migrations" not in p.parts)


# A strict CSP forbids these, and a browser that refuses them does it silently.
INLINE = {
    "a script without src": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "an event handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"(?:href|action|src)\s*=\s*[\"']?\s*javascript:", re.IGNORECASE),
    "an address of another site": re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"'](?:https?:)?//", re.I),
}
TEMPLATE_TAG = re.compile(r"\{[%{#].*?[%}#]\}", re.DOTALL)


@pytest.mark.parametrize("fault", INLINE)
def test_no_template_holds_what_the_content_security_policy_forbids(fault: str) -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.*")
        if path.suffix in (".html", ".svg") and INLINE[fault].search(TEMPLATE_TAG.sub("", path.read_text()))
    ]
    assert found == []


@pytest.mark.parametrize("fault", INLINE)
def test_no_html_in_code_holds_what_the_content_security_policy_forbids(fault: str) -> None:
    found = [f"{m.path}:{line}" for m in modules() for line, text in m.strings() if INLINE[fault].search(text)]
    assert found == []


LOCK_FILES = ("requirements.txt", "tests/requirements.txt")


@pytest.mark.parametrize("name", LOCK_FILES)
def test_a_lock_file_pins_and_hashes_everything_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"://|--(?:index-url|extra-index-url|find-links|trusted-host)|@\s", text)
    pins = re.findall(r"^[^\s#].*$", text, re.MULTILINE)
    assert pins
    assert [pin for pin in pins if "==" not in pin or not pin.endswith("\\")] == []
    assert text.count("--hash=sha256:") >= len(pins)


def test_the_tests_run_on_the_very_versions_that_the_server_runs_on() -> None:
    served, tested = (set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCK_FILES)
    assert served <= tested


VARIABLE = re.compile(r"AUTHSERVER_[A-Z_]+")


def test_the_documented_environment_is_the_one_that_is_read() -> None:
    read = set(VARIABLE.findall((ROOT / "authserver" / "environment.py").read_text()))
    table = re.findall(r"^\| (`AUTHSERVER_.*)", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert {VARIABLE.findall(row)[0] for row in table} == read
