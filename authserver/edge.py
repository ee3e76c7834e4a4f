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
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse, JsonResponse

from audit.recording import REQUEST_ID
from authserver import edge_rules, request_context
from authserver.machine_addresses import HEALTH, MACHINE_ADDRESSES, MachineView
from tokens.errors import error_body

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
            return self.pages(environ, start_response)
        response = answer(environ, view)
        status = f"{response.status_code} {responses.get(response.status_code, '')}"
        response["X-Request-Id"] = environ[REQUEST_ID]
        start_response(status, list(response.items()))
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [response.content]


def answer(environ: Environ, view: MachineView) -> HttpResponse:
    """Run one machine view; the database connection goes back to its pool whatever happens."""
    with structlog.contextvars.bound_contextvars(request_id=environ[REQUEST_ID]):
        try:
            if environ["PATH_INFO"] not in HEALTH:
                edge_rules.check_host(environ, machine=True)
                edge_rules.check_size(environ)
            return view(WSGIRequest(environ))
        except edge_rules.Refused as refusal:
            return _error(refusal.status, refusal.error, refusal.sentence)
        except (OperationalError, InterfaceError) as error:
            log.error("database.unavailable", error=type(error).__name__)
            return _unavailable()
        except Exception:
            log.exception("machine.fault", path=environ["PATH_INFO"])
            return _error(500, "server_error", "This server met a fault of its own.")
        finally:
            _give_back_connection()


def _give_back_connection() -> None:
    """With a pool, closing returns the connection; a persistent one is closed only when it has broken."""
    if connection.connection is not None:
        connection.close_if_unusable_or_obsolete()


def _error(status: int, error: str, sentence: str) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return JsonResponse(error_body(error, sentence), status=status, headers=headers)


def _unavailable() -> HttpResponse:
    response = _error(503, "temporarily_unavailable", "The database is away. Try again shortly.")
    response["Retry-After"] = "5"
    return response
