"""The way in: machine addresses are answered here, ahead of Django's middleware; everything else is a page.

A machine view gets a plain HttpRequest and gives a plain HttpResponse, so that the same function also runs under
Django's own handler. What a view cannot answer becomes JSON here: a refusal of the edge rules, a database that is
away (503), a fault of ours (500).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http.client import responses
from typing import Any

import structlog
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from accounts.connections import AWAY, give_back
from audit.randomness import new_reference
from audit.recording import NOTHING, REQUEST_ID, Actor
from audit.refusals import record_refusal
from authserver import cross_origin, edge_rules, request_context
from authserver.machine_addresses import ASKED_ABOUT_OTHERS, HEALTH, MACHINE_ADDRESSES, MachineView
from tokens.errors import NO_STORE, error_body

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

log = structlog.get_logger("authserver.request")


class Edge:
    """Dispatches by exact path."""

    def __init__(self, pages: Application) -> None:
        self.pages = pages

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request_context.prepare(environ)
        view = MACHINE_ADDRESSES.get(environ.get("PATH_INFO", ""))
        if view is None:
            _hide_unreadable(environ)
            return self.pages(environ, start_response)
        asked = cross_origin.preflight(environ)
        response = answer(environ, view) if asked is None else HttpResponse(status=204, headers=asked)
        status = f"{response.status_code} {responses.get(response.status_code, '')}"
        response["X-Request-Id"] = environ[REQUEST_ID]
        response["X-Content-Type-Options"] = "nosniff"
        if settings.SECURE_HSTS_SECONDS and environ["wsgi.url_scheme"] == "https":
            response["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        start_response(status, [*response.items(), *cross_origin.headers(environ["PATH_INFO"])])
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [response.content]


def _hide_unreadable(environ: Environ) -> None:
    """Django reads the Content-Type before any middleware could refuse it (`edge_rules.check_content_type`)."""
    try:
        edge_rules.check_content_type(environ)
    except edge_rules.Refused:
        environ["CONTENT_TYPE"] = edge_rules.UNREADABLE


def answer(environ: Environ, view: MachineView) -> HttpResponse:
    """Run one machine view; the database connection goes back to its pool whatever happens."""
    with structlog.contextvars.bound_contextvars(request_id=environ[REQUEST_ID]):
        try:
            if environ["PATH_INFO"] not in HEALTH:
                edge_rules.check_host(environ, machine=True)
                edge_rules.check_size(environ)
            if environ["PATH_INFO"] in ASKED_ABOUT_OTHERS:
                environ["CONTENT_TYPE"] = ""
            edge_rules.check_content_type(environ)
            return view(WSGIRequest(environ))
        except edge_rules.Refused as refusal:
            return _error(refusal.status, refusal.error, refusal.sentence, _recorded(environ, refusal))
        except AWAY as error:
            reference = new_reference()
            log.error("database.unavailable", error=type(error).__name__, reference=reference)
            return _unavailable(reference)
        except Exception:
            reference = new_reference()
            log.exception("machine.fault", path=environ["PATH_INFO"], reference=reference)
            return _error(500, "server_error", "This server met a fault of its own.", reference)
        finally:
            give_back()


def _recorded(environ: Environ, refusal: edge_rules.Refused) -> str:
    """The reference of a refusal that no endpoint has seen."""
    actor = Actor(name="", address=environ[request_context.ADDRESS], request_id=environ[REQUEST_ID])
    return record_refusal(
        kind="edge.refused",
        key=(refusal.error, refusal.sentence, actor.address),
        actor=actor,
        subject=NOTHING,
        detail={"error": refusal.error, "description": refusal.sentence, "path": environ["PATH_INFO"]},
        now=timezone.now(),
    )


def _error(status: int, error: str, sentence: str, reference: str) -> HttpResponse:
    headers = {**NO_STORE, "X-Reference": reference}
    return JsonResponse(error_body(error, sentence, reference), status=status, headers=headers)


def _unavailable(reference: str) -> HttpResponse:
    response = _error(503, "temporarily_unavailable", "The database is away. Try again shortly.", reference)
    response["Retry-After"] = "5"
    return response
