"""The edit form as a page, and what follows when it was saved: shared by those who edit and those who merge."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clients.abilities import abilities
from clients.forms.client_form import ClientForm
from clients.linter.findings import Finding
from clients.linter.places import PLACES
from clients.linter.reading import is_linted, report_on, report_on_new
from clients.models import Client
from clients.registration import Edited
from clients.secrets import shown_once
from clients.views.fetching import show_once


def with_abilities(form: ClientForm) -> dict[str, Any]:
    """What both forms of the registry show: the fields, and what their values come to."""
    able = abilities(form.facts, global_lifetime=form.settings.access_token_lifetime)
    return {"form": form, "abilities": able, "advice": _advice(form)}


def _advice(form: ClientForm) -> list[Finding]:
    """What the linter would say of these values, as far as a field of the form can mend it."""
    now = timezone.now()
    if form.client is not None and not is_linted(form.client):
        return []
    facts = form.facts.normal()
    report = report_on(form.client, now=now, facts=facts) if form.client else report_on_new(facts, now=now)
    return [finding for finding in report.findings if PLACES[finding.rule].edits]


def show_edit(request: HttpRequest, form: ClientForm, *, revision: int | None = None) -> HttpResponse:
    """`revision`: the one that the values were first made from; None: the client's own now."""
    client = Client.objects.select_related("owner").get(pk=form.client.pk) if form.client else None
    if client is None:
        raise TypeError("An edit form has its client.")
    seen = client.revision if revision is None else revision
    return render(request, "clients/edit.html", {**with_abilities(form), "client": client, "revision": seen})


def saved(request: HttpRequest, client: Client, edited: Edited) -> HttpResponse:
    """On to the client; by the one look at its secret where it has just become confidential (R11, R14)."""
    if edited.secret is not None:
        return show_once(request, client, shown_once.Look(occasion="confidential", secret=edited.secret))
    messages.success(request, f"{client.name} is changed." if edited.changes else "Nothing was different.")
    return redirect("client_overview", client.pk)
