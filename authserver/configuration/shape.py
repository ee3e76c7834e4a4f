"""The shape of a document: JSON, then `docs/configuration.schema.json`, which is the word on every key.

A key or value that this version does not have is refused by name. The shape of `clients` is read by
`clients.documents.document`, whose sentences know more; a test holds the schema's keys to that room's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from authserver.configuration.faults import DocumentRefused, Fault
from clients.documents import strict_json

SCHEMA = "docs/configuration.schema.json"
# The contract's words whose features this version does not have yet.
NOT_YET = frozenset(
    {"dynamicRegistration", "requireSecondFactor"}
)  # fmt: skip
NOT_SUPPORTED = "This version does not support it yet; leave it out."
MOST_FOUND = 10_000  # faults of the shape; a document with so many is looked at no further
NAMED_BY = {
    "users": "username",
    "groups": "name",
    "namespaces": "name",
    "apis": "name",
    "scopes": "name",
    "clients": "clientId",
}
TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def parse(text: str) -> dict[str, Any]:
    """The document in `text`. Raises DocumentRefused for what is not JSON (RFC 8259), or names a key twice."""
    try:
        document = strict_json.read(text)
    except strict_json.NotRead as error:
        raise _no_document(str(error)) from error
    if not isinstance(document, dict):
        raise _no_document("It is an object with sections.")
    return document


def _no_document(message: str) -> DocumentRefused:
    return DocumentRefused([Fault(path="document", message=message)])


def faults_of(document: dict[str, Any]) -> list[Fault]:
    """Every fault of the shape up to MOST_FOUND, in the order of the document."""
    without_clients = {name: rows for name, rows in document.items() if name != "clients"}
    of_schema = (fault for error in _validator().iter_errors(without_clients) for fault in _faults(error))
    faults = chain(of_schema, _client_objects(document), _unstorable(document), _twin_rows(document))
    return sorted(islice(faults, MOST_FOUND), key=lambda fault: _in_order(fault.path))


def _in_order(path: str) -> list[tuple[int, str]]:
    """Sorts `users[10]` after `users[9]`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path)]


def _client_objects(document: dict[str, Any]) -> Iterator[Fault]:
    rows = document.get("clients", [])
    if not isinstance(rows, list):
        yield Fault(path="clients", message="It is a list.")
        return
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            yield Fault(path=f"clients[{number}]", message="It is an object.")


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(settings.BASE_DIR) / SCHEMA).read_text())
    return found


@cache
def _validator() -> Any:
    return extend(Draft202012Validator, {"uniqueItems": _unique_texts})(schema())


def _unique_texts(_: Any, wanted: bool, items: Any, __: Any) -> Iterator[ValidationError]:
    """The library compares every pair where a list holds texts and numbers; only texts are ever asked for here."""
    texts = [item for item in items if isinstance(item, str)] if wanted and isinstance(items, list) else []
    if len(set(texts)) < len(texts):
        yield ValidationError("It holds something twice.")


def _faults(error: ValidationError) -> Iterator[Fault]:
    path = _path(error.absolute_path)
    if error.validator == "additionalProperties":
        for key in sorted(set(error.instance) - set(error.schema["properties"])):
            message = NOT_SUPPORTED if key in NOT_YET else "There is no such key."
            yield Fault(path=f"{path}.{key[:100]}" if path else key[:100], message=message)
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        yield from (Fault(path=f"{path}.{key}", message="It is required.") for key in missing)
    else:
        yield Fault(path=path or "document", message=_sentence(error))


def _sentence(error: ValidationError) -> str:
    value = error.validator_value
    if error.validator == "type":
        names = [value] if isinstance(value, str) else value
        return f"It is {' or '.join(TYPES[name] for name in names)}."
    sentences = {
        "minimum": f"It is at least {value}.",
        "maximum": f"It is at most {value}.",
        "minLength": "It is not empty.",
        "maxLength": f"It has at most {value} characters.",
        "uniqueItems": "It holds something twice.",
    }
    return sentences.get(str(error.validator), "It is not as the schema asks.")


def _path(parts: Iterable[str | int]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _unstorable(document: dict[str, Any]) -> Iterator[Fault]:
    yield from (Fault(path=path, message=message) for path, message in strict_json.unstorable(document, ""))


def _twin_rows(document: dict[str, Any]) -> Iterator[Fault]:
    """A row may be named once a document."""
    for section, key in NAMED_BY.items():
        rows = document.get(section)
        first: dict[str, int] = {}
        for number, row in enumerate(rows if isinstance(rows, list) else ()):
            name = row.get(key) if isinstance(row, dict) else None
            if not isinstance(name, str):
                continue
            if name in first:
                message = f"It is named twice: {section}[{first[name]}] is the first."
                yield Fault(path=f"{section}[{number}].{key}", message=message)
            first.setdefault(name, number)
