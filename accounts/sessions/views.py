"""Ending sessions from My account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.sessions import keeping
from accounts.views.fetching import actor_of, viewer_of


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """One of the viewer's own by its number; `all`: every one but this."""
    said = request.POST.get("session", "")
    numbers = None if said == "all" else [int(said)] if said.isascii() and said.isdigit() and len(said) < 19 else []
    ended = keeping.end(
        viewer_of(request),
        numbers,
        keep=request.session.session_key or "",
        by=actor_of(request),
        now=timezone.now(),
    )
    messages.success(request, f"{ended} ended." if ended != 1 else "Signed out there.")
    return redirect("account")
