"""The shape of a document: JSON, then `docs/configuration.schema.json`, which is the word on every key.

A key or value that this version does not have is refused by name. The shape of `clients` is read by
`clients.document`, whose sentences know more; a test holds the schema's keys to that room's.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from authserver.configuration.faults import DocumentRefused, Fault

SCHEMA = "docs/configuration.schema.json"
# The contract's words whose features this version does not have yet.
NOT_YET = frozenset(
    {"authorizationCodeLifetime", "refreshTokenLifetime", "requirePkce", "selfRegistration", "dynamicRegistration",
     "protectionBindsApi", "requireSecondFactor", "namespaces"}
)  # fmt: skip
NAMED_BY = {"users": "username", "groups": "name", "apis": "name", "scopes": "name", "clients": "clientId"}
MOST_FAULTS = 200


def parse(text: str) -> dict[str, Any]:
    """The document in `text`. Raises DocumentRefused for what is not JSON, and for a key that stands twice."""
    try:
        document = json.loads(text, object_pairs_hook=_without_twins)
    except (ValueError, RecursionError) as error:
        raise DocumentRefused([Fault(path="document", message=f"It is not JSON: {error}.")]) from error
    if not isinstance(document, dict):
        raise DocumentRefused([Fault(path="document", message="It is an object with sections.")])
    return document


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twins = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]
    if twins:
        raise ValueError(f"the key {twins[0]!r} stands twice in one object")
    return dict(pairs)


def check(document: dict[str, Any]) -> None:
    """Raises DocumentRefused with every fault of the shape, at most MOST_FAULTS."""
    without_clients = {name: rows for name, rows in document.items() if name != "clients"}
    faults = [fault for error in _validator().iter_errors(without_clients) for fault in _faults(error)]
    if not isinstance(document.get("clients", []), list):
        faults.append(Fault(path="clients", message="It is a list."))
    faults += [*_nul_faults(document, ""), *_twin_rows(document)]
    if faults:
        raise DocumentRefused(sorted(faults, key=lambda fault: fault.path)[:MOST_FAULTS])


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(settings.BASE_DIR) / SCHEMA).read_text())
    return found


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def _faults(error: ValidationError) -> Iterator[Fault]:
    path = _path(error.absolute_path)
    if error.validator == "additionalProperties":
        for key in sorted(set(error.instance) - set(error.schema["properties"])):
            shown = key if key.isprintable() else ascii(key)
            message = "This version does not support it yet." if key in NOT_YET else "There is no such key."
            yield Fault(path=f"{path}.{shown[:100]}" if path else shown[:100], message=message)
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        yield Fault(path=path or "document", message=f"It lacks {', '.join(missing)}.")
    else:
        yield Fault(path=path or "document", message=_sentence(error))


def _sentence(error: ValidationError) -> str:
    value = error.validator_value
    sentences = {
        "type": f"It is of type {' or '.join(value) if isinstance(value, list) else value}.",
        "minimum": f"It is at least {value}.",
        "maximum": f"It is at most {value}.",
        "minLength": f"It has at least {value} characters.",
        "maxLength": f"It has at most {value} characters.",
        "uniqueItems": "It holds something twice.",
        "pattern": "It has characters that cannot stand here.",
    }
    return sentences.get(str(error.validator), "It is not as the schema asks.")


def _path(parts: Iterable[str | int]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _nul_faults(value: Any, path: str) -> Iterator[Fault]:
    """NUL and halves of surrogate pairs cannot be stored as text anywhere."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            yield Fault(path=path, message="It holds a NUL or half of a surrogate pair.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _nul_faults(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _nul_faults(inner, f"{path}[{number}]")


def _twin_rows(document: dict[str, Any]) -> Iterator[Fault]:
    """A row may be named once a document."""
    for section, key in NAMED_BY.items():
        rows = document.get(section)
        if not isinstance(rows, list):
            continue
        seen: set[str] = set()
        for number, row in enumerate(rows):
            name = row.get(key) if isinstance(row, dict) else None
            if isinstance(name, str) and name in seen:
                yield Fault(path=f"{section}[{number}].{key}", message="An earlier row names the same.")
            elif isinstance(name, str):
                seen.add(name)
