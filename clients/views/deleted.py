"""The clients that were deleted and can still be restored (R47): their list, and the page that brings one back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authorization import demand
from accounts.permissions import Permission
from clients import access
from clients.forms.life_forms import RestoreForm
from clients.life import restoring
from clients.life.deleted_clients import DeletedTable, rows
from clients.life.lifecycle import RESTORABLE_FOR, restorable_until
from clients.models import Client
from clients.views.fetching import actor_of, seen_revision, viewer_of
from clients.writing import ChangedMeanwhile, Refused


@require_safe
def deleted_list(request: HttpRequest) -> HttpResponse:
    """What was deleted, by whom and when, and when it will be purged."""
    viewer = viewer_of(request)
    access.demand_some(viewer)
    table = DeletedTable(rows(access.deleted_visible_to(viewer)), viewer=viewer)
    table.show(sort=request.GET.getlist("sort"), page=request.GET.get("page", ""))
    return render(request, "clients/deleted_list.html", {"table": table, "days": RESTORABLE_FOR.days})


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, number: int) -> HttpResponse:
    """Asks for a place: the name may have been taken, the owner may have left."""
    client = _fetch(request, number)
    if client.deleted_at is None:
        messages.info(request, f"{client.name} is not deleted.")
        return redirect("client_overview", client.pk)
    if request.method != "POST":
        return _ask(request, client, RestoreForm(client=client, user=viewer_of(request)))
    form = RestoreForm(request.POST, client=client, user=viewer_of(request))
    if not form.is_valid():
        return _ask(request, client, form)
    try:
        restoring.restore(
            client=client,
            facts=form.facts,
            by=actor_of(request),
            now=timezone.now(),
            revision=seen_revision(request),
        )
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return _ask(request, client, form)
    except ChangedMeanwhile:
        messages.warning(request, f"Somebody else changed {client.name} meanwhile. Look again.")
        return redirect("client_restore", client.pk)
    messages.success(request, f"{client.name} is restored. Its earlier tokens stay dead.")
    return redirect("client_overview", client.pk)


def _fetch(request: HttpRequest, number: int) -> Client:
    """The client, deleted or not, for a viewer who may delete it: whoever may do that may take it back."""
    viewer = viewer_of(request)
    access.demand_some(viewer)
    seen = access.deleted_visible_to(viewer) | access.visible_to(viewer)
    client = seen.select_related("owner", "service_account").filter(pk=number).first()
    if client is None:
        raise Http404
    demand(viewer, Permission.CLIENTS_DELETE, client)
    return client


def _ask(request: HttpRequest, client: Client, form: RestoreForm) -> HttpResponse:
    now = timezone.now()
    secrets = client.secrets.filter(revoked_at=None)
    context: dict[str, Any] = {
        "client": client,
        "form": form,
        "until": restorable_until(client),
        "too_late": now >= restorable_until(client),
        "secrets": sum(1 for secret in secrets if secret.expires_at is None or secret.expires_at > now),
    }
    return render(request, "clients/restore.html", context)
