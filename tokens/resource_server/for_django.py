"""For Django views: `@require_scope("orders.read")`. The token stands in `request.token`.

The API is named once in settings: `RESOURCE_SERVER = ResourceServer(verifier=…, audience=…)`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from tokens.resource_server.answers import Refusal
from tokens.resource_server.guard import ResourceServer

SETTING = "RESOURCE_SERVER"
View = TypeVar("View", bound=Callable[..., Any])


def require_scope(*needed: str, server: ResourceServer | None = None) -> Callable[[View], View]:
    """Let in only requests whose token holds all that is `needed` (R54); with nothing needed, any token that holds.

    `server` None: `settings.RESOURCE_SERVER`. Bearer tokens are sent on purpose, so that no CSRF token is asked for.
    """

    def decorate(view: View) -> View:
        def refused(request: HttpRequest) -> HttpResponse | None:
            decided = (server or configured()).decide(request.headers.get("Authorization"), *needed)
            if isinstance(decided, Refusal):
                return response_of(decided)
            request.token = decided  # type: ignore[attr-defined]
            return None

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return refused(request) or view(request, *args, **kwargs)

        @wraps(view)
        async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            refusal = await sync_to_async(refused, thread_sensitive=False)(request)
            return refusal or await view(request, *args, **kwargs)

        return cast(View, csrf_exempt(guarded_async if iscoroutinefunction(view) else guarded))

    return decorate


def configured() -> ResourceServer:
    """The API that settings name. Raises ImproperlyConfigured."""
    server = getattr(settings, SETTING, None)
    if not isinstance(server, ResourceServer):
        raise ImproperlyConfigured(f"settings.{SETTING} is the ResourceServer that views are guarded by.")
    return server


def response_of(refusal: Refusal) -> HttpResponse:
    """A refusal as Django answers it."""
    return HttpResponse(refusal.body, status=refusal.status, headers=dict(refusal.all_headers))
