"""Reading a request by its operation: parts of the path, query, body and `If-Match`. Raises Refusal."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request

from accounts import json_shape, strict_json
from accounts.rest import schemas
from accounts.rest.operations import Operation, Parameter
from accounts.rest.refusals import Fault, Refusal, invalid, not_found
from audit.storable import storable_text

LARGEST_NUMBER = 2**63 - 1
MOST_VALUES = 50
JSON_TYPES = frozenset({"application/json", "application/merge-patch+json"})


def place(parts: Mapping[str, Any]) -> Mapping[str, Any]:
    """A number that no row can have, and a text that none can hold, name nothing."""
    for value in parts.values():
        if isinstance(value, int) and value > LARGEST_NUMBER:
            raise not_found()
        if isinstance(value, str) and storable_text(value) != value:
            raise not_found()
    return parts


def query(operation: Operation, given: QueryDict) -> dict[str, Any]:
    """Each parameter by its schema; one that the operation does not have is refused by name."""
    known = {parameter.name: parameter for parameter in operation.query}
    found: list[Fault] = []
    values: dict[str, Any] = {}
    for name, texts in given.lists():
        parameter = known.get(name)
        if parameter is None:
            message = f"There is no such parameter. It takes: {', '.join(known) or 'none'}."
            found.append(Fault(path=name[:100], message=message, code="unknown_parameter"))
            continue
        read, faults = _values(parameter, texts)
        found += faults
        values[name] = read if parameter.several else read[0] if read else None
    if found:
        raise invalid(found)
    return values


def _values(parameter: Parameter, texts: list[str]) -> tuple[list[Any], list[Fault]]:
    name = parameter.name
    if len(texts) > (MOST_VALUES if parameter.several else 1):
        return [], [Fault(path=name, message="It comes too often.", code="repeated_parameter")]
    read = [_value(parameter, text) for text in texts]
    check = _check_of(repr(sorted(parameter.schema.items())), parameter)
    messages = [message for value in read for _, message in json_shape.faults(check, value)]
    messages += ["It holds a NUL or half of a surrogate pair." for text in texts if storable_text(text) != text]
    return read, [Fault(path=name, message=message, code="parameter") for message in messages]


_checks: dict[str, Any] = {}


def _check_of(key: str, parameter: Parameter) -> Any:
    if key not in _checks:
        _checks[key] = json_shape.validator(parameter.schema)
    return _checks[key]


def _value(parameter: Parameter, text: str) -> Any:
    kind = parameter.schema.get("type")
    if kind == "integer" and text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20:
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def body(operation: Operation, request: Request) -> Any:
    """JSON by RFC 8259, in the shape that the operation takes; None where it takes nothing."""
    data = request._request.body
    if not operation.takes:
        if data.strip() not in (b"", b"{}"):
            raise invalid([Fault(path="", message="This operation takes no body.", code="body")])
        return None
    kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind not in JSON_TYPES:
        raise Refusal(415, "unsupported_media_type", "Send the body as application/json.")
    try:
        value = strict_json.read(strict_json.decode(data))
    except strict_json.NotRead as error:
        raise invalid([Fault(path="", message=str(error), code="json")]) from error
    found = [(path, message) for path, message in strict_json.unstorable(value, "")]
    found += list(json_shape.faults(_check(operation.takes), value))
    if found:
        raise invalid(Fault(path=path, message=message, code="shape") for path, message in found[:200])
    return value


@cache
def _check(name: str) -> Any:
    return json_shape.validator({**schemas.resolved(name)})


def versions(operation: Operation, request: Request) -> tuple[str, ...]:
    """What `If-Match` lists (RFC 9110 §13.1.1), as a guarded operation demands it (RFC 6585 §3)."""
    header = request.headers.get("If-Match", "").strip()
    if operation.guarded and not header:
        message = 'Send If-Match with the ETag that you have read, or "If-Match: *" to change it whatever it is.'
        raise Refusal(428, "if_match_required", message)
    return tuple(text.strip() for text in header.split(",") if text.strip())
