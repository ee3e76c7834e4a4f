"""Acting on many clients: choose, look, confirm, follow. Every step is a form; htmx only presses "Continue" itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients import access
from clients.bulk import choosing, runs
from clients.bulk.actions import BY_VALUE, OWNER, demand_on_some
from clients.documents import exporting
from clients.life.lifecycle import what_breaks_together
from clients.list_models import BulkRun
from clients.listing.address import parse
from clients.listing.conditions import Asking
from clients.views.exporting import JSON
from clients.views.fetching import actor_of, viewer_of

PER_PAGE = 50
SHOWN = {"unlike": ("refused", "changed"), "done": ("done",), "same": ("same",)}


@require_POST
def bulk_prepare(request: HttpRequest) -> HttpResponse:
    """From the list to the preview. Nothing is touched."""
    viewer, sent = viewer_of(request), request.POST
    access.demand_some(viewer)
    action = BY_VALUE.get(sent.get("action", ""))
    if action is None:
        raise Http404
    demand_on_some(viewer, action)
    query = parse(sent.get("query", "")).query
    chosen = choosing.read(
        scope="matching" if "matching" in sent.getlist("scope") else sent.get("scope", ""),
        query=query,
        ticked=sent.getlist("pk"),
        on_page=sent.get("on_page", ""),
    )
    try:
        run = runs.prepare(action, chosen, Asking(viewer=viewer, now=timezone.now()))
    except choosing.NotChosen as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('client_list')}?{query}")
    return redirect("client_bulk", run.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def bulk(request: HttpRequest, number: int) -> HttpResponse:
    """The preview, then how far it is, then what became of each client. A POST confirms, once."""
    run = _own_run(request, number)
    if request.method != "POST":
        return _show(request, run)
    try:
        runs.confirm(run, now=timezone.now(), parameters={OWNER: request.POST.get(OWNER, "")})
    except runs.NotReady as refusal:
        return _show(request, run, fault=str(refusal), status=422)
    return redirect("client_bulk", run.pk)


@require_POST
@never_cache
def bulk_step(request: HttpRequest, number: int) -> HttpResponse:
    """Go on for some seconds."""
    run = _own_run(request, number)
    try:
        runs.step(run, user=viewer_of(request), by=actor_of(request), now=timezone.now())
    except runs.NotReady as refusal:
        messages.error(request, str(refusal))
        return redirect("client_bulk", run.pk)
    run.refresh_from_db()
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("client_bulk", run.pk)
    return render(request, "clients/bulk/running.html", _running(request, run))


@require_safe
@never_cache
def bulk_export(request: HttpRequest, number: int) -> HttpResponseBase:
    """The document of a finished export: the clients that the viewer may still export."""
    run = _own_run(request, number)
    if run.action != "export" or run.finished_at is None:
        raise Http404
    access.demand_export(viewer_of(request))
    done = run.items.filter(outcome="done").values("number")
    clients = access.exportable_by(viewer_of(request)).filter(pk__in=done)
    pieces = exporting.export_many(clients, by=actor_of(request), now=timezone.now())
    response = StreamingHttpResponse(pieces, content_type=JSON)
    response["Content-Disposition"] = 'attachment; filename="clients.json"'
    return response


def _own_run(request: HttpRequest, number: int) -> BulkRun:
    """Another's run is not there. Raises PermissionMissing and Http404."""
    access.demand_some(viewer_of(request))
    run = runs.of(viewer_of(request), number)
    if run is None:
        raise Http404
    demand_on_some(viewer_of(request), runs.action_of(run))
    return run


def _show(request: HttpRequest, run: BulkRun, *, fault: str = "", status: int = 200) -> HttpResponse:
    if run.confirmed_at is not None:
        return render(request, "clients/bulk/run.html", _running(request, run))
    context = {
        **_common(request, run),
        "fault": fault,
        "owner": request.POST.get(OWNER, ""),
        "breaks": what_breaks_together(runs.touched(run)) if runs.action_of(run).ends else [],
        "last_used": runs.touched(run).aggregate(last=Max("last_used_at"))["last"],
    }
    return render(request, "clients/bulk/preview.html", context, status=status)


def _running(request: HttpRequest, run: BulkRun) -> dict[str, Any]:
    return {**_common(request, run), "running": run.finished_at is None}


def _common(request: HttpRequest, run: BulkRun) -> dict[str, Any]:
    show = request.GET.get("show", "")
    items = run.items.order_by("pk") if run.confirmed_at else run.items.order_by("outcome", "pk")  # refused ones first
    if show in SHOWN:
        items = items.filter(outcome__in=SHOWN[show])
    page = Paginator(items, PER_PAGE).get_page(request.GET.get("page"))
    return {
        "run": run,
        "action": runs.action_of(run),
        "progress": runs.progress(run),
        "show": show if show in SHOWN else "",
        "page": page,
        "items": [(item, *runs.WORDS[item.outcome]) for item in page],
        "chosen_from": f"{reverse('client_list')}?{run.query}",
    }
