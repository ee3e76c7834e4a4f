"""The API's schemas, by name. What a row is, `docs/configuration.schema.json` says, for documents and the API alike;
what the API alone has, each app adds through `add`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

FILE = "docs/configuration.schema.json"
Schema = dict[str, Any]
SCHEMAS: dict[str, Schema] = {}
REFERENCE = "#/components/schemas/"
NUMBER: Schema = {"type": "integer", "minimum": 1, "description": "Its number, which stays."}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}


@cache
def documents() -> Schema:
    """The schema of whole documents."""
    found: Schema = json.loads((Path(settings.BASE_DIR) / FILE).read_text())
    return found


def keys_of(section: str) -> Schema:
    """What the rows of a section hold, by key."""
    schema = documents()["properties"][section]
    inner: Schema = schema.get("items", schema)["properties"]
    return {key: _plain(value) for key, value in inner.items()}


def _plain(value: Schema) -> Schema:
    """References into the document's own definitions are spelled out."""
    reference = value.get("$ref", "")
    return documents()["$defs"][reference.rpartition("/")[2]] if reference else value


def shape(properties: Mapping[str, Schema], *, required: Collection[str] | None = None, about: str = "") -> Schema:
    """An object of these keys and no others; `required` None: all of them."""
    said: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    needed = sorted(properties if required is None else required)
    return said | ({"required": needed} if needed else {}) | ({"description": about} if about else {})


def answered(properties: Mapping[str, Schema]) -> dict[str, Schema]:
    """The same keys as an answer gives them: a default is for what is sent."""
    return {
        key: {name: part for name, part in schema.items() if name != "default"} for key, schema in properties.items()
    }


def listed(name: str) -> Schema:
    """A page of these."""
    items = {"type": "array", "items": {"$ref": REFERENCE + name}}
    following = {"type": ["string", "null"], "description": "The cursor of the next page; null at the end."}
    return shape({"items": items, "next": following})


def add(schemas: Mapping[str, Schema]) -> None:
    """Called by each app when it is ready."""
    SCHEMAS.update(schemas)


def resolved(name: str) -> Schema:
    """A schema with the others that it may refer to, for a validator."""
    return {**SCHEMAS[name], "components": {"schemas": SCHEMAS}}


def names() -> Iterable[str]:
    return SCHEMAS.keys()


FAULT = shape(
    {
        "path": {"type": "string", "description": "Where in the body, such as `redirectUris`; empty: the whole."},
        "code": TEXT,
        "message": TEXT,
        "line": {"type": "integer", "minimum": 1, "description": "In a list of lines, from 1."},
    },
    required=("path", "code", "message"),
)
SCHEMAS["Error"] = shape(
    {
        "errorMessage": TEXT,
        "statusCode": {"type": "integer"},
        "code": {"type": "string", "description": "For programs; stays."},
        "permission": {"type": "string", "description": "The missing permission (R60)."},
        "reference": {"type": "string", "description": "Under which the audit trail has this refusal."},
        "errors": {"type": "array", "items": FAULT},
    },
    required=("errorMessage", "statusCode", "code", "errors"),
    about="Every refusal has this form.",
)
