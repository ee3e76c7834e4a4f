"""Registering and editing: one form, presets first, every fault at its field."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import server_settings
from accounts.authorization import demand
from accounts.permissions import Permission
from clients import registration
from clients.forms.client_form import ClientForm
from clients.forms.form_values import preset_initial, typed_values
from clients.forms.register_form import RegisterForm
from clients.models import Client
from clients.secrets import shown_once
from clients.views import merging
from clients.views.fetching import actor_of, changing, only_fills_in, seen_revision, show_once, viewer_of
from clients.views.form_pages import saved, show_edit, with_abilities
from clients.writing import ChangedMeanwhile, Refused

PRESETS = "presets"  # the id of the control that fills the form in


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("client_secret")
def register(request: HttpRequest) -> HttpResponse:
    """Presets fill the form in; saving leads to the one look at the secret (R14)."""
    viewer, current = viewer_of(request), server_settings.current()
    demand(viewer, Permission.CLIENTS_CREATE)
    if request.method != "POST" or only_fills_in(request):
        initial = _register_initial(request, legacy_grants=current.legacy_grants)
        return _show_register(request, RegisterForm(user=viewer, settings=current, initial=initial))
    form = RegisterForm(request.POST, user=viewer, settings=current)
    if not form.is_valid():
        return _show_register(request, form)
    try:
        new = registration.register(
            facts=form.facts,
            client_id=form.chosen_client_id,
            custom_secret=form.custom_secret,
            by=actor_of(request),
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return _show_register(request, form)
    return show_once(request, new.client, shown_once.Look(occasion="registered", secret=new.secret))


def _register_initial(request: HttpRequest, *, legacy_grants: bool) -> dict[str, Any]:
    if request.method != "POST":
        return preset_initial(request.GET.get("preset", ""), legacy_grants=legacy_grants)
    typed = typed_values(request.POST)
    if request.htmx and request.htmx.trigger != PRESETS:  # type: ignore[attr-defined]
        return typed
    return preset_initial(request.POST.get("preset", ""), legacy_grants=legacy_grants, typed=typed)


def _show_register(request: HttpRequest, form: RegisterForm) -> HttpResponse:
    return render(request, "clients/register.html", with_abilities(form))


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_EDIT)
def edit(request: HttpRequest, client: Client) -> HttpResponse:
    """Change what can be changed; what somebody else changed meanwhile is never overwritten."""
    offered: dict[str, Any] = {"user": viewer_of(request), "settings": server_settings.current(), "client": client}
    if request.method != "POST":
        return show_edit(request, ClientForm(**offered))
    seen = seen_revision(request)
    if only_fills_in(request):
        return show_edit(request, ClientForm(initial=typed_values(request.POST), **offered), revision=seen)
    form = ClientForm(request.POST, **offered)
    if not form.is_valid():
        return show_edit(request, form, revision=seen)
    try:
        edited = registration.edit(
            client=client,
            facts=form.facts,
            by=actor_of(request),
            now=timezone.now(),
            revision=seen,
            reason=form.why,
        )
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return show_edit(request, form, revision=seen)
    except ChangedMeanwhile:
        return merging.ask(request, client, form, began=seen)
    return saved(request, client, edited)
