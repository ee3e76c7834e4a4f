"""The page of a trace: each check of a refused request in order, by the reference id that its answer carried."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.authorization import may
from accounts.permissions import Permission
from audit.presenting import line_of
from clients import access
from clients.views.fetching import viewer_of
from tokens.models import Trace
from tokens.simulator.form import ENDPOINTS, SimulatorForm
from tokens.simulator.telling import Step
from tokens.traces.finding import Found
from tokens.traces.form import TraceForm
from tokens.traces.keeping import KEPT_FOR

WORDS = dict(ENDPOINTS)


@require_safe
def trace(request: HttpRequest) -> HttpResponse:
    """It changes nothing: the reference stands in its address. For whoever sees clients, or reads the audit trail."""
    viewer = viewer_of(request)
    reads_audit = may(viewer, Permission.AUDIT_VIEW)
    if not reads_audit:
        access.demand_some(viewer)
    form = TraceForm(request.GET if "reference" in request.GET else None, viewer=viewer)
    context: dict[str, Any] = {
        "form": form,
        "days": KEPT_FOR.days,
        "reads_audit": reads_audit,
        "only_traces": not access.sees_some(viewer),
    }
    if form.is_valid() and form.found is not None:
        context |= _shown(form.found)
    return render(request, "policies/trace/page.html", context, status=404 if form.errors else 200)


def _shown(found: Found) -> dict[str, Any]:
    context: dict[str, Any] = {"found": found, "trace": found.trace}
    if found.trace is None:
        return context | {"line": line_of(found.event) if found.event else None}
    steps = [Step(**step) for step in found.trace.steps]
    denials = (place for place, step in enumerate(steps, start=1) if step.tone == "danger")
    return context | {
        "steps": steps,
        "denied_at": next(denials, 0),
        "endpoint": WORDS.get(found.trace.endpoint, found.trace.endpoint),
        "again": _again(found.trace) if found.client else "",
    }


def _again(trace: Trace) -> str:
    """The simulator, filled in with this request."""
    asked = {name: trace.asked[name] for name in SimulatorForm.base_fields if name in trace.asked}
    return f"{reverse('policy_simulator')}?{urlencode(asked)}"
