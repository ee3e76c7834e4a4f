"""Importing (R49) in three steps, each a page: the document, the differences, the outcome."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import strict_json
from clients import access
from clients.documents import importing
from clients.documents.document import DocumentFault
from clients.documents.import_words import outcome_of, shown
from clients.documents.importing import NotImported, ShownOtherwise
from clients.models import PendingImport
from clients.views.fetching import actor_of, viewer_of

LISTED = 200  # faults; the rest is counted
CHANGED = "The registry has changed since these differences were shown. Nothing was imported. Look again, then decide."


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("document")
@never_cache
def import_clients(request: HttpRequest) -> HttpResponse:
    """Step 1: a file, or pasted JSON. Every fault is named before anything is shown."""
    viewer, now = viewer_of(request), timezone.now()
    access.demand_import(viewer)
    if request.method != "POST":
        return _ask(request)
    try:
        rows = importing.read_rows(_sent(request))
        importing.plan_rows(rows, viewer=viewer, now=now)
    except NotImported as refusal:
        return _ask(request, faults=refusal.faults)
    except strict_json.NotRead as error:
        return _ask(request, faults=[DocumentFault(path="document", message=str(error))])
    return redirect("client_import_shown", importing.keep(rows, user=viewer, now=now))


def _sent(request: HttpRequest) -> str:
    """The file's text, else what was pasted. Raises NotRead."""
    file = request.FILES.get("file")
    if file is not None and file.size:
        return strict_json.decode(file.read())
    text = str(request.POST.get("document", ""))
    if not text.strip():
        raise strict_json.NotRead("Choose a file, or paste a document.")
    return text.removeprefix("\ufeff")


def _ask(request: HttpRequest, *, faults: list[DocumentFault] | None = None) -> HttpResponse:
    context = {**_told(faults or []), "pasted": request.POST.get("document", ""), "most": importing.MOST_CLIENTS}
    return render(request, "clients/import.html", context)


def _told(faults: list[DocumentFault]) -> dict[str, Any]:
    return {"faults": faults[:LISTED], "count": len(faults), "more": len(faults) - LISTED}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def import_shown(request: HttpRequest, token: str) -> HttpResponse:
    """Steps 2 and 3: the differences, and after the press what was done."""
    viewer, now = viewer_of(request), timezone.now()
    access.demand_import(viewer)
    pending = importing.find(token, user=viewer, now=now)
    if pending is None:
        messages.warning(request, "This import has lapsed: it waits for an hour at most. Begin again.")
        return redirect("client_import")
    if pending.outcome is not None:
        return _show_outcome(request, pending)
    if request.method != "POST":
        return _show(request, pending)
    digest = request.POST.get("digest", "")
    try:
        importing.carry_out(pending, digest=digest, by=actor_of(request), viewer=viewer, now=now)
    except ShownOtherwise:
        return _show(request, pending, conflict=CHANGED)
    except NotImported:
        return _show(request, pending, conflict=CHANGED)
    return redirect("client_import_shown", token)


def _show(request: HttpRequest, pending: PendingImport, *, conflict: str = "") -> HttpResponse:
    viewer, now = viewer_of(request), timezone.now()
    status = 409 if conflict else 200
    try:
        planned = importing.plan_rows(importing.rows_of(pending), viewer=viewer, now=now)
    except NotImported as refusal:
        context = {**_told(refusal.faults), "pasted": "", "most": importing.MOST_CLIENTS, "conflict": conflict}
        return render(request, "clients/import.html", context, status=status)
    context = {"shown": shown(planned, now=now), "digest": planned.digest, "conflict": conflict}
    return render(request, "clients/import_shown.html", context, status=status)


def _show_outcome(request: HttpRequest, pending: PendingImport) -> HttpResponse:
    return render(request, "clients/import_outcome.html", outcome_of(pending))
