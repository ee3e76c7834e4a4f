"""Revoking many by a filter: the preview, the yes, and the steps of a run."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.authorization import PermissionMissing
from accounts.permissions import Permission
from clients.views.fetching import actor_of, viewer_of
from tokens.console import facets, reach, runs
from tokens.console.facets import Named
from tokens.console.reach import Reach
from tokens.console.wanted import parse
from tokens.models import RevocationRun


@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    """From the list's filter to its preview. Nothing is touched yet."""
    viewer = viewer_of(request)
    reach.demand_some(viewer, Permission.TOKENS_REVOKE)
    within = _within(request, request.POST.get("query", "")[:2000])
    run = runs.prepare(within.wanted, user=viewer, now=timezone.now())
    return redirect("token_run", run.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HttpRequest, number: int) -> HttpResponse:
    """Before the yes the preview, after it how far the run is."""
    found, within = _fetch(request, number)
    fault = ""
    if request.method == "POST" and found.confirmed_at is None:
        try:
            runs.confirm(found, typed=request.POST.get("confirm", ""), by=actor_of(request), now=timezone.now())
            return redirect("token_run", found.pk)
        except runs.NotReady as reason:
            fault = str(reason)
    if found.confirmed_at is not None:
        return render(request, "tokens/run.html", _common(found, within))
    context = _common(found, within) | {
        "preview": runs.preview(found, now=timezone.now()),
        "ended_only": not runs.living(within.wanted),
        "fault": fault,
    }
    return render(request, "tokens/preview.html", context, status=422 if fault else 200)


@require_POST
def step(request: HttpRequest, number: int) -> HttpResponse:
    """Some batches more; htmx gets the progress alone."""
    found, within = _fetch(request, number)
    try:
        runs.step(found, by=actor_of(request), now=timezone.now())
    except runs.NotReady:
        return redirect("token_run", found.pk)
    if request.headers.get("HX-Request"):
        return render(request, "tokens/running.html", _common(found, within))
    return redirect("token_run", found.pk)


def _fetch(request: HttpRequest, number: int) -> tuple[RevocationRun, Reach]:
    """The viewer's own run, its filter still theirs to revoke by. Raises PermissionMissing and Http404."""
    viewer = viewer_of(request)
    reach.demand_some(viewer, Permission.TOKENS_REVOKE)
    found = runs.of(viewer, number)
    if found is None:
        raise Http404
    return found, _within(request, found.query)


def _within(request: HttpRequest, query: str) -> Reach:
    """An owner's filter names one own client: whatever was sent, nothing else is touched."""
    viewer = viewer_of(request)
    within = reach.within(parse(query), viewer)
    if within is None or within.choose:
        raise Http404
    if not reach.may_revoke(viewer, within.client):
        raise PermissionMissing(Permission.TOKENS_REVOKE)
    return within


def _common(found: RevocationRun, within: Reach) -> dict[str, object]:
    query = parse(found.query).query
    return {
        "run": found,
        "running": found.finished_at is None,
        "wanted": within.wanted,
        "client": within.client,
        "chips": list(facets.chips(within.wanted, named=Named(client=within.client))),
        "chosen_from": reverse("token_list") + (f"?{query}" if query else ""),
    }
