"""Protection (R43): one address that protects a client, or lifts what protects it, each with a reason."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from clients import registration
from clients.life.lifecycle import what_breaks
from clients.life.protection import NoReason, SystemOwned, Unchangeable
from clients.models import Client
from clients.views.changing import CHANGED
from clients.views.fetching import actor_of, fetch, refuse, seen_revision
from clients.writing import ChangedMeanwhile


@require_http_methods(["GET", "HEAD", "POST"])
def protect(request: HttpRequest, number: int) -> HttpResponse:
    """Asks for the reason; the revision in the form keeps a late press from doing the opposite."""
    client = fetch(request, number, Permission.CLIENTS_PROTECT)
    if client.is_system:
        return refuse(request, client, SystemOwned())
    if request.method != "POST":
        return _ask(request, client)
    change = registration.lift_protection if client.is_protected else registration.protect
    reason = request.POST.get("reason", "")
    try:
        change(client=client, by=actor_of(request), reason=reason, now=timezone.now(), revision=seen_revision(request))
    except NoReason as fault:
        return _ask(request, client, fault=str(fault))
    except ChangedMeanwhile:
        return _ask(request, client, status=409)
    except Unchangeable as refusal:
        return refuse(request, client, refusal)
    messages.success(
        request, f"{client.name} is protected." if client.is_protected else f"{client.name} can be changed again."
    )
    return redirect("client_overview", client.pk)


def _ask(request: HttpRequest, client: Client, *, fault: str = "", status: int = 200) -> HttpResponse:
    if status == 409:
        client = Client.objects.select_related("owner").get(pk=client.pk)
    context = {
        "client": client,
        "breaks": what_breaks(client),
        "conflict": CHANGED if status == 409 else "",
        "fault": fault,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "clients/protect.html", context, status=status)
