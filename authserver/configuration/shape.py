"""The shape of a document: JSON, then `docs/configuration.schema.json`, which is the word on every key.

A key or value that this version does not have is refused by name. The shape of `clients` is read by
`clients.documents.document`, whose sentences know more; a test holds the schema's keys to that room's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts import json_shape, strict_json
from authserver.configuration.faults import DocumentRefused, Fault

SCHEMA = "docs/configuration.schema.json"
MOST_FOUND = 10_000  # faults of the shape; a document with so many is looked at no further
NAMED_BY = {
    "users": "username",
    "groups": "name",
    "namespaces": "name",
    "apis": "name",
    "scopes": "name",
    "clients": "clientId",
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
    found = json_shape.faults(_validator(), without_clients)
    of_schema = (Fault(path=path or "document", message=message) for path, message in found)
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
    return json_shape.validator(schema())


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
