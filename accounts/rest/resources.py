"""Operations as addresses: one view a path, made from the table. Every request goes the same way through `_answer`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db import transaction
from django.http import HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication_time import is_fresh
from accounts.authorization import PermissionMissing
from accounts.rest import reading, refusing, repeating
from accounts.rest.describing import described
from accounts.rest.operations import Answer, Call, Operation, version_of
from accounts.rest.refusals import Refusal

PREFIX = "/api/v1/"
_PART = re.compile(r"\{(\w+)\}")
WORDS = frozenset({"key_id", "kid", "token_id", "username"})  # parts of a path that are no number


class Resource(APIView):
    """The view of one path. Answers in JSON alone, whatever `Accept` says (contracts, Machine addresses)."""

    operations: Sequence[Operation] = ()
    renderer_classes = (JSONRenderer,)
    parser_classes = ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return JSONRenderer(), JSONRenderer.media_type

    def handle_exception(self, exc: Exception) -> Response:
        """What refuses is told; a fault of ours goes on to Django, which records it."""
        if not hasattr(self.request, "_auth"):  # its authentication refused: it is not to be asked again
            self.request._not_authenticated()
        refused = refusing.refused(exc, self.request)
        if refused is None:
            raise exc
        return refused

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Then the delay of the token's client; whoever is too many is told so instead."""
        try:
            getattr(request.auth, "wait", _no_delay)()
        except Refusal as refusal:
            response = refusing.refused(refusal, request)
        finished: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)
        for name, value in getattr(request.auth, "headers", {}).items():
            finished.headers[name] = value
        finished.headers.setdefault("Cache-Control", "no-store")
        return finished

    def http_method_not_allowed(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        allowed = ", ".join(self.allowed_methods)
        message = f"This address answers {allowed}."
        raise Refusal(405, "method_not_allowed", message, headers={"Allow": allowed})


def _no_delay() -> None:
    """A session has none."""


def urls(operations: Iterable[Operation]) -> list[URLPattern]:
    """The addresses below PREFIX."""
    by_path: dict[str, list[Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, []).append(operation)
    return [path(_pattern(place), _view(of), name=f"api {place}") for place, of in by_path.items()]


def _pattern(place: str) -> str:
    return _PART.sub(lambda found: f"<{'str' if found[1] in WORDS else 'int'}:{found[1]}>", place)


def _view(operations: Sequence[Operation]) -> Any:
    methods = {operation.method.lower(): _handler(operation) for operation in operations}
    kind = type("Resource", (Resource,), {"operations": tuple(operations), **methods})
    return cast(Any, kind).as_view()


def _handler(operation: Operation) -> Any:
    def handle(self: Resource, request: Request, **place: Any) -> Any:
        return _answer(operation, request, place)

    return described(operation)(handle)


def _answer(operation: Operation, request: Request, place: dict[str, Any]) -> Any:
    """Who, whether they may at all, what they ask; then the operation, in one transaction where it changes anything."""
    user = refusing.caller(request)
    if operation.permission is not None and not operation.permits(user):
        raise PermissionMissing(operation.permission)
    if operation.in_person and request.auth is not None:
        raise Refusal(403, "session_needed", "No token does this. Sign in, and call it by your session.")
    if operation.fresh and request.auth is None and not is_fresh(request._request, user):
        raise Refusal(403, "sign_in_again", "Your sign-in was too long ago. Sign in once more, then repeat this.")
    call = Call(
        user=user,
        by=request.actor,
        now=timezone.now(),
        place=reading.place(place),
        query=reading.query(operation, request.query_params),
        data=reading.body(operation, request),
        versions=reading.versions(operation, request),
    )
    if operation.method == "GET":
        return _shown(request, _done(operation.answer(call)))
    key = request.headers.get("Idempotency-Key") if operation.once else None
    if key is not None:
        return _once(operation, call, key)
    with transaction.atomic():
        done = _done(operation.answer(call))
    return _sent(operation, done)


def _done(answer: Answer | Any) -> Answer:
    return answer if isinstance(answer, Answer) else Answer(body=answer)


def _shown(request: Request, done: Answer) -> Any:
    """RFC 9110 §13.1.2."""
    version = version_of(done.body)
    known = {text.strip().removeprefix("W/") for text in request.headers.get("If-None-Match", "").split(",")}
    if version in known or "*" in known:
        return HttpResponseNotModified(headers={"ETag": version})
    return Response(done.body, headers={"ETag": version})


def _sent(operation: Operation, done: Answer) -> Response:
    headers = {"Location": done.location} if done.location else {}
    shown = done.kept if done.kept is not None else done.body
    if done.body is not None and operation.method != "DELETE":
        headers["ETag"] = version_of(shown)
    return Response(done.body, status=operation.status, headers=headers)


def _once(operation: Operation, call: Call, key: str) -> Response:
    repeating.check_key(key)
    asked = repeating.Asked(user=call.user, operation=operation.name, key=key, data=call.data)
    for _ in range(2):
        if kept := repeating.earlier(asked, now=call.now):
            headers = {"Idempotent-Replayed": "true", "ETag": version_of(kept.body), "Location": kept.location}
            return Response(kept.body, status=kept.status, headers={n: v for n, v in headers.items() if v})
        try:
            with transaction.atomic():
                row = repeating.reserve(asked, now=call.now)
                done = _done(operation.answer(call))
                shown = done.kept if done.kept is not None else done.body
                repeating.keep(row, status=operation.status, body=shown, location=done.location)
        except repeating.Twin:
            continue
        return _sent(operation, done)
    raise Refusal(409, "idempotency_key_in_use", "Another request under this Idempotency-Key is under way.")
