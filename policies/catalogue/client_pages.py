"""The tab "Scopes" of a client (R33, R35): what its allowed scope covers, element by element, and changing it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.permissions import Permission
from clients import registration
from clients.facts import facts_of
from clients.life.lifecycle import what_breaks
from clients.models import Client
from clients.rules import giving
from clients.views.fetching import actor_of, changing, fetch, seen_revision, viewer_of
from clients.views.framing import show_tab
from policies.catalogue import allowing
from policies.catalogue.covering import covered_by, not_covered
from policies.catalogue.standing import standing_of

TAB = "client_scopes"


@require_safe
def scopes(request: HttpRequest, number: int) -> HttpResponse:
    """Each element with what it lets through today."""
    return _show(request, fetch(request, number))


@require_POST
@changing(Permission.CLIENTS_EDIT)
def scopes_add(request: HttpRequest, client: Client) -> HttpResponse:
    """Elements more, several at once."""
    typed = request.POST.get("elements", "")
    if not typed.split():
        return _show(request, client, typed=typed, fault="Write a scope, or a pattern such as orders.*.")
    how = {"viewer": viewer_of(request), "by": actor_of(request), "now": timezone.now()}
    try:
        new = allowing.allow(client, typed.split(), revision=seen_revision(request), **how)  # type: ignore[arg-type]
    except allowing.NotAllowed as refusal:
        return _show(request, client, typed=typed, fault=str(refusal))
    words = "It may ask for it from its next request on." if new else "It was allowed that already."
    messages.success(request, words)
    return redirect(TAB, client.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_EDIT)
def scopes_remove(request: HttpRequest, client: Client) -> HttpResponse:
    """One element less: names what the client loses, and revokes its tokens too where that is ticked (R35)."""
    element = request.POST.get("element", request.GET.get("element", ""))
    if element not in client.allowed_scope.split():
        raise Http404
    fault = _taken(request, client, element) if request.method == "POST" else ""
    if request.method == "POST" and not fault:
        return redirect(TAB, client.pk)
    context = {
        "client": client,
        "loss": allowing.loss(client, element),
        "breaks": what_breaks(client),
        "conflict": fault,
    }
    return render(request, "policies/catalogue/remove.html", context, status=409 if fault else 200)


def _taken(request: HttpRequest, client: Client, element: str) -> str:
    """Why it was not done, or nothing. Tokens end after the element: what comes between is issued without it."""
    actor, now = actor_of(request), timezone.now()
    try:
        allowing.take(client, element, by=actor, now=now, revision=seen_revision(request))
    except allowing.NotAllowed as refusal:
        return str(refusal)
    if request.POST.get("revoke"):
        registration.revoke_tokens(client=client, by=actor, now=now)
        messages.success(request, f"{element} is taken from {client.name}, and its tokens no longer work.")
    else:
        messages.success(request, f"{element} is taken from {client.name}. Access tokens that are out hold.")
    return ""


@require_POST
@changing(Permission.CLIENTS_EDIT)
def scopes_watch(request: HttpRequest, client: Client) -> HttpResponse:
    """A narrower scope watches, is enforced as it stands, or watches no longer."""
    how: dict[str, Any] = {"by": actor_of(request), "now": timezone.now(), "revision": seen_revision(request)}
    typed = request.POST.get("watched", "").strip()
    asked = request.POST.get("then", "watch")
    try:
        if asked == "enforce" and client.watched_scope:
            _demand_held(client, viewer_of(request))
            allowing.enforce(client, **how)
            messages.success(request, "It is allowed no more than this from its next request on.")
        elif asked == "watch" and typed:
            allowing.watch(client, typed, **how)
            messages.success(request, "It refuses nothing. What it would have refused is counted from now on.")
        elif asked == "stop":
            allowing.watch(client, "", **how)
            messages.success(request, "No scope is watched any more.")
        else:
            return _show(request, client, watched=typed, watch_fault="Write the narrower scope that shall watch.")
    except allowing.NotAllowed as refusal:
        return _show(request, client, watched=typed, watch_fault=str(refusal))
    return redirect(TAB, client.pk)


def _demand_held(client: Client, viewer: User) -> None:
    """R36: whoever enforces a scope that holds more than the allowed one gives it. Raises NotAllowed."""
    before = facts_of(client)
    if lacking := list(giving.faults(replace(before, allowed_scope=before.watched_scope), before=before, by=viewer)):
        raise allowing.NotAllowed(lacking[0].message)


def _show(
    request: HttpRequest,
    client: Client,
    *,
    typed: str = "",
    fault: str = "",
    watched: str = "",
    watch_fault: str = "",
) -> HttpResponse:
    if fault or watch_fault:
        client = Client.objects.select_related("owner", "service_account").get(pk=client.pk)
    covered = covered_by(client.allowed_scope)
    context = {
        "covered": covered,
        "others": not_covered(covered),
        "typed": typed,
        "fault": fault,
        "standing": standing_of(client, now=timezone.now()),
        "watched": watched,
        "watch_fault": watch_fault,
    }
    return show_tab(request, client, page=TAB, template="policies/catalogue/tab.html", context=context)
