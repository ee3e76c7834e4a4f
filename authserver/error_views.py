"""Error pages: one look for every refusal of a page, and words that say what happened and what to do next.

They are rendered without context processors, from settings alone: the page that says "the database is away"
must not need the database. Machine addresses never come here; `authserver.edge` answers them in JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.branding import brand
from accounts.connections import AWAY
from accounts.permissions import SENTENCES, Permission
from accounts.rest.refusals import Refusal
from accounts.views.signing_in import signed_in_elsewhere
from authserver import shell

API = "/api/"
RETRY_AFTER_OUTAGE = 5  # seconds
RETRY_AFTER_LIMIT = 60  # seconds: the period of every sign-in limit in settings


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a status says when nobody says it better."""

    title: str
    message: str


WORDS: Mapping[int, Words] = {
    400: Words(title="This request cannot be answered", message="Its form is not what this page expects."),
    403: Words(title="This is not yours to do", message="Your account lacks a permission."),
    404: Words(title="Nothing is at this address", message="It was mistyped, or what stood here is gone."),
    405: Words(title="This address works another way", message="It does not answer this kind of request."),
    413: Words(title="The request is too large", message="This server reads at most 1 MB at a time."),
    429: Words(title="Too many requests", message="You asked more often than this server answers."),
    500: Words(title="This server met a fault of its own", message="It is not your doing, and it was recorded."),
    503: Words(title="This server is not available", message="Its database does not answer."),
}


def render_error(
    request: HttpRequest,
    status: int,
    title: str = "",
    message: str = "",
    reference: str | None = None,
    headers: Mapping[str, str] | None = None,
    **details: Any,
) -> HttpResponse:
    """The page for `status`; empty words become the usual ones.

    `reference` is what the reader can quote: it is shown, and sent as `X-Reference`. `details` are for the
    status's own template (`permission`, `allowed`, `retry_after`).
    """
    page = status if status in WORDS else 500 if status >= 500 else 400
    words = Words(title=title or WORDS[page].title, message=message or WORDS[page].message)
    if request.path.startswith(API):
        return _for_programs(status, words, reference, headers or {})
    context = {"status": status, "words": words, "reference": reference, "moment": timezone.now(), **details}
    response = HttpResponse(
        render_to_string(f"errors/{page}.html", {"server": shell.server(brand.last_known()), **context}), status=status
    )
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    if reference:
        response["X-Reference"] = reference
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def _for_programs(status: int, words: Words, reference: str | None, headers: Mapping[str, str]) -> HttpResponse:
    """Below the API every answer is JSON, those that come from before or behind it too (R60)."""
    code = HTTPStatus(status).name.lower()
    refusal = Refusal(status, code, words.message)
    named = {"X-Reference": reference} if reference else {}
    said = {"Cache-Control": "no-store", **named, **headers}
    return JsonResponse(refusal.body(reference=reference or ""), status=status, headers=said)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler400. A body that grew past the limit while it was read is a 413 (RFC 9110 §15.5.14)."""
    if isinstance(exception, RequestDataTooBig):
        return render_error(request, 413)
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        return render_error(request, 400, message="The form holds more fields than this server reads.")
    return render_error(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403. A room below the permissions' own names the missing one in its PermissionDenied."""
    if str(exception) in set(Permission):
        return permission_missing(request, str(exception))
    return render_error(request, 403)


def permission_missing(request: HttpRequest, permission: str) -> HttpResponse:
    """R60: a refusal names the permission that is missing."""
    known = permission in set(Permission)
    sentence = SENTENCES[Permission(permission)] if known else ""
    return render_error(request, 403, permission=permission, sentence=sentence)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW. The reason is for developers; people need the way on."""
    return signed_in_elsewhere(request) or render_error(
        request,
        403,
        "This form can no longer be sent",
        "It was open for too long, you signed in or out since, or this browser refuses cookies. "
        "Go back, reload the page and send it again.",
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404. The same page whatever is missing, and for what the viewer may not see."""
    return render_error(request, 404)


def method_not_allowed(request: HttpRequest, allowed: Sequence[str]) -> HttpResponse:
    """RFC 9110 §15.5.6: a 405 lists the methods that the address does answer."""
    return render_error(request, 405, headers={"Allow": ", ".join(allowed)}, allowed=allowed)


def too_many_requests(request: HttpRequest, retry_after: int = RETRY_AFTER_LIMIT) -> HttpResponse:
    """The handler429 that sign-in's throttling looks for. `retry_after` is in seconds (RFC 6585 §4)."""
    return render_error(request, 429, headers={"Retry-After": str(retry_after)}, retry_after=retry_after)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. A fault in a middleware can be the database's too: an outage, not a bug."""
    if isinstance(sys.exc_info()[1], AWAY):
        return unavailable(request)
    return render_error(request, 500, reference=_request_id(request))


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 while the database is away."""
    return render_error(request, 503, reference=_request_id(request), headers={"Retry-After": str(RETRY_AFTER_OUTAGE)})


def _request_id(request: HttpRequest) -> str | None:
    """The id that leads to this request's log lines, where it has got one yet."""
    request_id: str | None = getattr(request, "request_id", None)
    return request_id
