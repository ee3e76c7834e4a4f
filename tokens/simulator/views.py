"""The page of the policy simulator. It changes nothing: its whole request stands in its address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients import access
from clients.models import Client
from clients.views.fetching import viewer_of
from tokens.simulator.answers import answer
from tokens.simulator.form import FIRST, SimulatorForm
from tokens.simulator.proof import proof_of
from tokens.simulator.simulation import simulate
from tokens.simulator.telling import steps
from tokens.simulator.ways import Way, ways

WITHOUT_NUMBER = frozenset({"settings"})


@require_safe
def simulator(request: HttpRequest) -> HttpResponse:
    """For whoever sees clients, about the clients that they see (R59)."""
    viewer = viewer_of(request)
    access.demand_some(viewer)
    asked = "address" in request.GET
    initial = {**FIRST, "address": "203.0.113.42", "client": request.GET.get("client", "")[:260]}
    form = SimulatorForm(_whole(request.GET), viewer=viewer) if asked else SimulatorForm(initial=initial, viewer=viewer)
    context: dict[str, Any] = {"form": form}
    if asked and form.is_valid() and form.found is not None:
        question = form.question(now=timezone.now())
        simulation = simulate(question, proof=proof_of(form.found, question))
        context |= {
            "simulation": simulation,
            "client": form.found,
            "steps": steps(simulation),
            "answer": answer(simulation),
            "ways": [(way, _url(way, form.found, request.GET)) for way in ways(simulation)],
        }
    return render(request, "policies/simulator/page.html", context, status=422 if asked and form.errors else 200)


def _whole(asked: QueryDict) -> QueryDict:
    """An address that somebody shortened means what the empty form means. A box that is not ticked is not sent."""
    whole = asked.copy()
    for name, value in FIRST.items():
        if name not in whole and name != "https":
            whole[name] = value
    return whole


def _url(way: Way, client: Client, asked: QueryDict) -> str:
    if way.fields:
        query = asked.copy()
        for name, value in way.fields.items():
            query[name] = value
        return f"?{query.urlencode()}"
    if not way.page:
        return ""
    arguments = [] if way.page in WITHOUT_NUMBER else [client.pk]
    return reverse(way.page, args=arguments) + (f"#{way.anchor}" if way.anchor else "")
