"""How answers leave the authorization endpoint: to the client by its response mode, to the person as a page.

Every answer to the client carries exactly one `iss` (RFC 9207 §2) and the `state` as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from audit.recording import NOTHING, Actor
from audit.refusals import record_refusal
from tokens.authorize import tracing
from tokens.authorize.errors import Sent, Shown
from tokens.authorize.request import AuthorizationRequest
from tokens.errors import NO_STORE, error_body
from tokens.redirects import answer_url, form_action_source
from tokens.traces.asked import at_authorize
from tokens.traces.keeping import keep


def to_client(http: HttpRequest, request: AuthorizationRequest, parameters: Mapping[str, str]) -> HttpResponse:
    """The answer in the request's response mode."""
    whole = dict(parameters)
    if request.state is not None:
        whole["state"] = request.state
    whole["iss"] = settings.AUTHSERVER.issuer
    if request.response_mode == "form_post":
        return _form_post(http, request, whole)
    return redirect(http, answer_url(request.redirect_uri, whole, mode=request.response_mode))


def error_to_client(http: HttpRequest, request: AuthorizationRequest, error: Sent, *, actor: Actor) -> HttpResponse:
    """RFC 6749 §4.1.2.1. The reference is a header: an unknown parameter could confuse the client."""
    said = error_body(error.error, error.description)
    response = to_client(http, request, said)
    if error.recorded:
        detail = {**said, "reason": error.detail, "client": request.client.client_id}
        key = (error.error, error.description, request.client.client_id)
        response["X-Reference"] = _recorded(key, detail, actor, request, first=_trace(request, error))
    return response


def page_of_error(
    http: HttpRequest,
    error: Shown,
    *,
    actor: Actor,
    kind: str = "authorize.refused",
    page: str = "oauth/error.html",
    request: AuthorizationRequest | None = None,
) -> HttpResponse:
    """The page that says why nobody was sent on, with the reference under which it is found.

    `request`: the authorization request, where one could be read.
    """
    detail = {"problem": error.problem, "reason": error.detail, "application": error.client}
    first = _trace(request, error) if request is not None else None
    reference = _recorded((error.problem, error.client), detail, actor, request, kind=kind, first=first)
    context = {"error": error, "reference": reference, "moment": timezone.now(), "status": error.status}
    response = render(http, page, context, status=error.status)
    response["X-Reference"] = reference
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return uncached(response)


def redirect(http: HttpRequest, address: str) -> HttpResponse:
    """RFC 9700 §4.12: after a POST 303, so that no body, a password's least of all, is sent on.

    Not Django's redirect: it refuses the private schemes of native apps (RFC 8252 §7.1), and would rewrite the address.
    """
    response = HttpResponse(status=303 if http.method == "POST" else 302)
    response["Location"] = address
    return uncached(response)


def uncached(response: HttpResponse) -> HttpResponse:
    for name, value in NO_STORE.items():
        response[name] = value
    return response


def let_forms_lead_to(response: HttpResponse, request: AuthorizationRequest) -> HttpResponse:
    """Browsers hold the redirects that answer a form to `form-action`, too."""
    response._csp_update = {"form-action": [form_action_source(request.redirect_uri)]}  # type: ignore[attr-defined]
    return response


def _form_post(http: HttpRequest, request: AuthorizationRequest, parameters: Mapping[str, str]) -> HttpResponse:
    """OAuth 2.0 Form Post Response Mode: a form that sends itself, or by its button where scripts are off."""
    context = {"action": request.redirect_uri, "parameters": parameters, "client": request.client}
    return let_forms_lead_to(uncached(render(http, "oauth/form_post.html", context)), request)


def _recorded(
    key: tuple[str, ...],
    detail: Mapping[str, str],
    actor: Actor,
    request: AuthorizationRequest | None,
    *,
    kind: str = "authorize.refused",
    first: Callable[[str], None] | None = None,
) -> str:
    return record_refusal(
        kind=kind,
        key=(*key, actor.name, actor.address),
        actor=actor,
        subject=NOTHING,
        detail={name: value for name, value in detail.items() if value},
        now=request.now if request else timezone.now(),
        first=first,
    )


def _trace(request: AuthorizationRequest, error: Shown | Sent) -> Callable[[str], None]:
    """Keeps how the refusal came about, under its reference."""
    if isinstance(error, Sent):
        told = at_authorize(request, status=302, error=error.error, sentence=error.description)
    else:
        told = at_authorize(request, status=error.status, error=error.problem, sentence=error.sentence)
    return lambda reference: keep(reference, told, tracing.steps_of(request, error))
