"""The tables of keys in `docs/configuration.md`, made from the schema.

`python -m tests.configuration.key_tables` writes them anew; a test holds the page to them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "configuration.md"
SCHEMA = ROOT / "docs" / "configuration.schema.json"
BEGIN, END = "<!-- keys: made from the schema -->\n", "<!-- end of keys -->"
WORDS = {
    "object": "object",
    "string": "text",
    "boolean": "`true` or `false`",
    "integer": "whole number",
    "null": "`null`",
}


def tables() -> str:
    """One table a section, in the schema's order."""
    schema = json.loads(SCHEMA.read_text())
    return "\n".join(_table(section, rule, schema["$defs"]) for section, rule in schema["properties"].items())


def _table(section: str, rule: dict[str, Any], definitions: dict[str, Any]) -> str:
    row = rule.get("items", rule)
    now = {key: one for key, one in row["properties"].items() if "$ref" not in one}
    later = [f"`{key}`" for key in row["properties"] if key not in now]
    lines = [_line(key, one, required=key in row["required"]) for key, one in now.items()]
    title = f"### `{section}`" + (": a list of" if "items" in rule else "")
    words = [_code(value) for value in definitions["saysNothing"]["enum"]]
    note = f"\nFor a later version, and until then only {_either(words)}: {', '.join(later)}.\n" if later else ""
    return "\n".join([title, "", "| Key | Value | Default | |", "|---|---|---|---|", *lines, note])


def page_with_tables(page: str) -> str:
    """`page` with what stands between the two marks made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def _line(key: str, rule: dict[str, Any], *, required: bool) -> str:
    named = f"`{key}`, required" if required else f"`{key}`"
    default = _code(rule["default"]) if "default" in rule else ""
    return f"| {named} | {_value(rule)} | {default} | {_escaped(rule.get('description', ''))} |"


def _value(rule: dict[str, Any]) -> str:
    """The values that `rule` lets through, in words."""
    if "anyOf" in rule:
        return " or ".join(_value(one) for one in rule["anyOf"])
    if "const" in rule:
        return _code(rule["const"])
    if "enum" in rule:
        return _either([_code(one) for one in rule["enum"]])
    types = rule.get("type", [])
    if types == "array":
        return f"list of {_value(rule['items'])}"
    if types == "object":
        return "object of " + ", ".join(f"`{key}`" for key in rule["properties"])
    return " or ".join(WORDS[one] + _bounds(rule) for one in ([types] if isinstance(types, str) else types)) or "any"


def _bounds(rule: dict[str, Any]) -> str:
    low, high = rule.get("minimum", rule.get("minLength")), rule.get("maximum", rule.get("maxLength"))
    if high is None:
        return "" if low is None else f" from {low}"
    unit = " characters" if "maxLength" in rule else ""
    return f", at most {high}{unit}" if low is None else f", {low} to {high}{unit}"


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _code(value: object) -> str:
    return f"`{json.dumps(value)}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(page_with_tables(PAGE.read_text()))
