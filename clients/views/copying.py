"""Copying (R45): the form of registration filled with a client's facts, unsaved until it is sent."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import server_settings
from accounts.authorization import demand, holding_of
from accounts.permissions import Permission
from clients.documents import copying
from clients.forms.form_values import typed_values
from clients.forms.register_form import CopyForm
from clients.models import Client
from clients.secrets import shown_once
from clients.views.fetching import actor_of, fetch, only_fills_in, show_once, viewer_of
from clients.views.form_pages import with_abilities
from clients.writing import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("client_secret")
def copy(request: HttpRequest, number: int) -> HttpResponse:
    """Whoever sees a client and may register one may copy it, also a protected one: the copy is theirs."""
    viewer = viewer_of(request)
    source = fetch(request, number)
    demand(viewer, Permission.CLIENTS_CREATE)
    offered: dict[str, Any] = {"user": viewer, "settings": server_settings.current(), "source": source}
    if request.method != "POST":
        return _show(request, source, CopyForm(**offered))
    if only_fills_in(request):
        return _show(request, source, CopyForm(initial=typed_values(request.POST), **offered))
    form = CopyForm(request.POST, **offered)
    if not form.is_valid():
        return _show(request, source, form)
    try:
        new = copying.register_copy(
            source=source,
            facts=form.facts,
            client_id=form.chosen_client_id,
            custom_secret=form.custom_secret,
            by=actor_of(request),
            giver=holding_of(viewer),
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return _show(request, source, form)
    return show_once(request, new.client, shown_once.Look(occasion="registered", secret=new.secret))


def _show(request: HttpRequest, source: Client, form: CopyForm) -> HttpResponse:
    given, lacking = copying.permissions_to_give(source, giver=holding_of(viewer_of(request)))
    context = {**with_abilities(form), "source": source, "given": given, "lacking": lacking}
    return render(request, "clients/copy.html", context)
