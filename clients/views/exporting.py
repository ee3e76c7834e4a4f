"""Exporting (R48): one client as JSON, on a page or in a dialog; many as one document."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.permissions import Permission
from clients import access
from clients.documents import exporting
from clients.listing.address import Address
from clients.listing.conditions import Asking, narrow
from clients.views.fetching import actor_of, fetch, viewer_of

JSON = "application/json; charset=utf-8"
DOWNLOAD = "download"  # in the query: as a file


@require_GET
@never_cache
def export(request: HttpRequest, number: int) -> HttpResponse:
    """R48: the client's document, and nothing else."""
    client = fetch(request, number, Permission.CLIENTS_EXPORT)
    text = exporting.export_one(client, by=actor_of(request), now=timezone.now())
    response = HttpResponse(text, content_type=JSON)
    if DOWNLOAD in request.GET:
        response["Content-Disposition"] = f'attachment; filename="{exporting.file_name(client.client_id)}"'
    return response


@require_GET
@never_cache
def export_view(request: HttpRequest, number: int) -> HttpResponse:
    """The document on a page, or for htmx in a dialog, to look at, copy and download."""
    client = fetch(request, number, Permission.CLIENTS_EXPORT)
    text = exporting.export_one(client, by=actor_of(request), now=timezone.now())
    template = "clients/export_dialog.html" if request.htmx else "clients/export.html"  # type: ignore[attr-defined]
    return render(request, template, {"client": client, "text": text})


@require_GET
@never_cache
def export_listed(request: HttpRequest) -> HttpResponseBase:
    """Every client that the list's address shows and the viewer may export, as one document."""
    viewer = viewer_of(request)
    access.demand_some(viewer)
    access.demand_export(viewer)
    now, to = timezone.now(), Address.read(dict(request.GET.lists()))
    listed = narrow(access.exportable_by(viewer), to, Asking(viewer=viewer, now=now))
    try:
        pieces = exporting.export_many(listed, by=actor_of(request), now=now)
    except exporting.TooMany as refusal:
        messages.error(request, str(refusal))
        return redirect("client_list")
    response = StreamingHttpResponse(pieces, content_type=JSON)
    response["Content-Disposition"] = 'attachment; filename="clients.json"'
    return response
