"""The audit page: every event, newest first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    return render(request, "audit/event_list.html")
