"""What is wrong with a JSON value by its schema (JSON Schema 2020-12), in sentences that people can act on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def validator(schema: Mapping[str, Any]) -> Any:
    """To be kept: making one costs more than using it."""
    return extend(Draft202012Validator, {"uniqueItems": _unique_texts})(schema)


def faults(check: Any, value: object) -> Iterator[tuple[str, str]]:
    """Every fault as its path, like `users[1].email` (empty: the value itself), and a sentence."""
    for error in check.iter_errors(value):
        yield from _faults(error)


def _unique_texts(_: Any, wanted: bool, items: Any, __: Any) -> Iterator[ValidationError]:
    """The library compares every pair where a list holds texts and numbers; only texts are ever asked for here."""
    texts = [item for item in items if isinstance(item, str)] if wanted and isinstance(items, list) else []
    if len(set(texts)) < len(texts):
        yield ValidationError("It holds something twice.")


def _faults(error: ValidationError) -> Iterator[tuple[str, str]]:
    path = _path(error.absolute_path)
    if error.validator == "additionalProperties":
        for key in sorted(set(error.instance) - set(error.schema["properties"])):
            yield f"{path}.{key[:100]}" if path else key[:100], "There is no such key."
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        yield from ((f"{path}.{key}" if path else key, "It is required.") for key in missing)
    else:
        yield path, _sentence(error)


def _sentence(error: ValidationError) -> str:
    value = error.validator_value
    if error.validator == "type":
        names = [value] if isinstance(value, str) else value
        return f"It is {' or '.join(TYPES[name] for name in names)}."
    if error.validator == "enum":
        return f"It is one of {', '.join(str(one) for one in value if one not in ('', None))}."
    sentences = {
        "minimum": f"It is at least {value}.",
        "maximum": f"It is at most {value}.",
        "minLength": "It is not empty.",
        "maxLength": f"It has at most {value} characters.",
        "minProperties": "It is not empty.",
        "uniqueItems": "It holds something twice.",
    }
    return sentences.get(str(error.validator), "It is not as the schema asks.")


def _path(parts: Iterable[str | int]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path
