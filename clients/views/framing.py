"""The frame around every tab of a client: header, protection notice, actions, tabs (`clients/frame.html`)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clients.actions import actions_for
from clients.life.lifecycle import what_breaks
from clients.models import Client
from clients.tabs import tabs_for
from clients.views.fetching import viewer_of


def show_tab(
    request: HttpRequest, client: Client, *, page: str, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render `template`, which extends `clients/frame.html`, as the tab whose URL is called `page`."""
    viewer = viewer_of(request)
    actions = actions_for(viewer, client)
    frame = {
        "client": client,
        "actions": actions,
        "breaks": what_breaks(client) if actions.protect else [],
        "tabs": tabs_for(viewer, client),
        "tab": page,
    }
    return render(request, template, {**frame, **context}, status=status)
