"""The middleware of pages. Machine addresses are answered ahead of it, by `authserver.edge`."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseNotAllowed, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect

import audit
from accounts import server_settings
from accounts.authorization import PermissionMissing
from accounts.connections import AWAY
from accounts.models import User
from accounts.second_factors import demanding
from audit.recording import REQUEST_ID
from authserver import edge_rules, request_context, step_up
from authserver.error_views import API, method_not_allowed, permission_missing, render_error, unavailable

Respond = Callable[[HttpRequest], HttpResponseBase]
log = structlog.get_logger("authserver.request")

# Pages that a person passes on the way to an application: no referrer leaks from them (contracts, Pages).
PUBLIC_PAGES = ("/sign-in/", "/set-up/", "/set-password/", "/authorize", "/device", "/end_session")


class RequestContextMiddleware:
    """Give the request its id and address, log one line about it, and turn faults into clean pages."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_context.prepare(request.META)
        request.client_address = request.META[request_context.ADDRESS]  # type: ignore[attr-defined]
        request.request_id = request.META[REQUEST_ID]  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request.META[REQUEST_ID]):
            response = self.get_response(request)
            log.info("request", method=request.method, path=request.path, status=response.status_code)
        response["X-Request-Id"] = request.META[REQUEST_ID]
        if request.path.startswith(PUBLIC_PAGES):
            response["Referrer-Policy"] = "no-referrer"
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Named refusals and a database that is away become pages; everything else stays a 500."""
        if isinstance(exception, PermissionMissing):
            return permission_missing(request, exception.permission)
        if isinstance(exception, AWAY):
            log.error("database.unavailable", error=type(exception).__name__)
            return unavailable(request)
        return None


class EdgeRulesMiddleware:
    """Host, size, media type and https, before anything else is looked at."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            edge_rules.check_host(request.META, machine=request.path.startswith(API))
            edge_rules.check_size(request.META)
            edge_rules.check_content_type(request.META)
            _read_body(request)
            if not request.is_secure() and server_settings.https_required(server_settings.current()):
                log.warning("http.refused", path=request.path)
                raise edge_rules.Refused(
                    status=400, error="invalid_request", sentence="This server is reached by https only."
                )
        except edge_rules.Refused as refusal:
            title = "The request is too large" if refusal.status == 413 else "This request cannot be answered"
            return render_error(request, refusal.status, title, refusal.sentence)
        except AWAY:
            return unavailable(request)
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):  # Django's own is empty
            return method_not_allowed(request, response["Allow"].split(", "))
        return response


def _read_body(request: HttpRequest) -> None:
    """Before anything asks the database: a slow sender then holds a thread, and never a pooled connection."""
    try:
        edge_rules.check_complete(request.body, request.META)
    except UnreadablePostError as error:
        raise edge_rules.Refused(status=400, error="invalid_request", sentence="The body could not be read.") from error
    request.META["wsgi.input"] = io.BytesIO(request.body)  # for a view that reads the stream itself


class CsrfMiddleware(CsrfViewMiddleware):
    """Pages that send `Referrer-Policy: no-referrer` make browsers post `Origin: null`: the token is the guard.

    A view that other sites may post to, and that then changes nothing, says by `csrf_exempt_unless` which of its posts
    are forms of our own.
    """

    def process_view(self, request: HttpRequest, callback: Any, args: Any, kwargs: Any) -> Any:
        is_our_form = getattr(callback, "csrf_exempt_unless", None)
        if is_our_form is not None and not is_our_form(request):
            return None
        return super().process_view(request, callback, args, kwargs)

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META.get("HTTP_ORIGIN") == "null" and request.path.startswith(PUBLIC_PAGES):
            return True
        return bool(super()._origin_verified(request))  # type: ignore[misc]


class ActorMiddleware:
    """Name who acts, for every event that this request records."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor = actor_of(request)  # type: ignore[attr-defined]
        return self.get_response(request)


def actor_of(request: HttpRequest) -> audit.Actor:
    """The signed-in user, or nobody, at the request's address."""
    signed_in = request.user.is_authenticated
    return audit.Actor(
        name=request.user.get_username() if signed_in else "",
        id=request.user.pk if signed_in else None,
        address=request.META[request_context.ADDRESS],
        request_id=request.META[REQUEST_ID],
    )


class ProofMiddleware:
    """What a signed-in viewer must prove besides: a second factor, where the server asks for one; a fresh sign-in."""

    FREE = frozenset({"second_factor_required", "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes"})

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Pages that need no sign-in ask for nothing more either."""
        if not isinstance(request.user, User) or not getattr(view, "login_required", True):
            return self._at_api(request)
        name = request.resolver_match.url_name if request.resolver_match else None
        if name not in self.FREE and demanding.is_missing(request, request.user):
            return redirect("second_factor_required")
        return step_up.sign_in_first(request)

    def _at_api(self, request: HttpRequest) -> HttpResponseBase | None:
        """A session that calls the API is held to the same; a token is no session."""
        by_session = isinstance(request.user, User) and "HTTP_AUTHORIZATION" not in request.META
        if by_session and request.path.startswith(API) and demanding.is_missing(request, request.user):  # type: ignore[arg-type]
            return render_error(request, 403, message="Set up a second factor in the console first.")
        return None
