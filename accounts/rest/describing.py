"""An operation's part of the OpenAPI schema: parameters, bodies, answers, and the permission it needs (R9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from accounts.permissions import SENTENCES, scope_of
from accounts.rest.operations import Operation
from accounts.rest.schemas import REFERENCE

JSON = "application/json"


class ApiSchema(AutoSchema):
    """Who may call is the same for every operation, and stands once, at the top (`authserver.api`)."""

    def get_auth(self) -> list[Any]:
        return []


def described(operation: Operation) -> Callable[[Any], Any]:
    """A decorator for the view's method."""
    return extend_schema(
        operation_id=operation.name,
        summary=operation.about,
        description=_description(operation),
        tags=[operation.tag],
        parameters=[*_parameters(operation)],
        request={JSON: _schema(operation.takes)} if operation.takes else None,
        responses=_answers(operation),
        extensions={"x-permission": str(operation.permission or "")},
    )


def _schema(name: str) -> dict[str, str]:
    return {"$ref": REFERENCE + name}


def _description(operation: Operation) -> str:
    if operation.permission is None:
        by = ", and by a session alone: no token makes, shows or ends another" if operation.in_person else ""
        return f"Needs no permission: it is about what is the caller's own{by}."
    permission = operation.permission
    said = f"Needs the permission `{permission}` ({SENTENCES[permission]}), "
    said += f"and of a token the scope `{scope_of(permission)}`."
    if operation.owners:
        said += " Owners who hold `clients.own` may do it to their own clients."
    return said


def _parameters(operation: Operation) -> Iterator[OpenApiParameter]:
    for parameter in operation.query:
        schema = dict(parameter.schema)
        yield OpenApiParameter(
            name=parameter.name,
            type={"type": "array", "items": schema} if parameter.several else schema,
            description=parameter.about,
            explode=True if parameter.several else None,
        )
    if operation.guarded:
        yield _header("If-Match", "The ETag that was read, or `*`.", required=True)
    if operation.once:
        yield _header("Idempotency-Key", "Sent again with the same body, the same answer comes again.", **KEY)


KEY: dict[str, Any] = {"maxLength": 255, "pattern": "^[!-~]+$"}


def _header(name: str, about: str, *, required: bool = False, **schema: Any) -> OpenApiParameter:
    return OpenApiParameter(
        name=name,
        type={"type": "string", "minLength": 1, **schema},
        location=OpenApiParameter.HEADER,
        required=required,
        description=about,
    )


def _answers(operation: Operation) -> dict[int, OpenApiResponse]:
    good = OpenApiResponse(
        response=_schema(operation.gives) if operation.gives else None,
        description=operation.about,
    )
    answers = {operation.status: good}
    for status, words in _refusals(operation):
        answers[status] = OpenApiResponse(response=_schema("Error"), description=words)
    return answers


def _refusals(operation: Operation) -> Iterator[tuple[int, str]]:
    yield 400, "The request is not sound; each fault is named."
    yield 401, "No token, or one that does not hold."
    yield 403, "The permission or the token’s scope is missing, or the subject refuses."
    yield 404, "Not there, or not the caller’s to see."
    if operation.method != "GET":
        yield 409, "It was changed meanwhile, or stands in the way."
        yield 415, "The body is not application/json."
    if operation.guarded:
        yield 412, "It was changed since it was read."
        yield 428, "If-Match is missing."
    yield 429, "Too many requests."
    yield 503, "The database is away."
