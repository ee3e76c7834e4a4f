"""Switching and deleting: each asks on a page of its own, which names what will break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from clients import registration
from clients.life.lifecycle import RESTORABLE_FOR, what_breaks
from clients.models import Client
from clients.views.fetching import actor_of, changing, seen_revision
from clients.writing import ChangedMeanwhile

CHANGED = "Somebody else changed this client meanwhile. Nothing was done. Look again, then decide."


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_EDIT)
def set_active(request: HttpRequest, client: Client) -> HttpResponse:
    """R46."""
    if request.method != "POST":
        return _ask(request, client, "clients/set_active.html")
    active = request.POST.get("active") == "true"
    done = _try(request, client, lambda **how: registration.set_active(client=client, active=active, **how))
    if not done:
        return _ask(request, client, "clients/set_active.html", status=409)
    messages.success(request, f"{client.name} is {'active' if active else 'inactive'}.")
    return redirect("client_overview", client.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_EDIT)
def revoke_tokens(request: HttpRequest, client: Client) -> HttpResponse:
    """Everything issued to it so far ends at once; the client itself stays as it is."""
    if request.method != "POST":
        return _ask(request, client, "clients/revoke_tokens.html")
    if not _try(request, client, lambda **how: registration.revoke_tokens(client=client, **how)):
        return _ask(request, client, "clients/revoke_tokens.html", status=409)
    messages.success(request, f"The tokens of {client.name} no longer work.")
    return redirect("client_overview", client.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_DELETE)
def delete(request: HttpRequest, client: Client) -> HttpResponse:
    """R47."""
    if request.method != "POST":
        return _ask(request, client, "clients/delete.html")
    if not _try(request, client, lambda **how: registration.delete(client=client, **how)):
        return _ask(request, client, "clients/delete.html", status=409)
    undo = reverse("client_restore", args=[client.pk])
    words = '{} is deleted. Its tokens no longer work. <a href="{}">Restore it…</a>'
    messages.success(request, format_html(words, client.name, undo))
    return redirect("client_list")


def _try(request: HttpRequest, client: Client, change: Callable[..., Any]) -> bool:
    """Whether the change was made, on the revision that the asking page was made from."""
    try:
        change(by=actor_of(request), now=timezone.now(), revision=seen_revision(request))
    except ChangedMeanwhile:
        return False
    return True


def _ask(request: HttpRequest, client: Client, template: str, *, status: int = 200) -> HttpResponse:
    if status == 409:
        client = Client.objects.select_related("owner").get(pk=client.pk)
    context = {
        "client": client,
        "breaks": what_breaks(client),
        "conflict": CHANGED if status == 409 else "",
        "restorable_days": RESTORABLE_FOR.days,
    }
    return render(request, template, context, status=status)
