"""The tab "Scopes" of a client (R33, R35): what its allowed scope covers, element by element, and changing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from clients import registration
from clients.life.lifecycle import what_breaks
from clients.models import Client
from clients.views.fetching import actor_of, changing, fetch, seen_revision, viewer_of
from clients.views.framing import show_tab
from policies.catalogue import allowing
from policies.catalogue.covering import covered_by, not_covered

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


def _show(request: HttpRequest, client: Client, *, typed: str = "", fault: str = "") -> HttpResponse:
    if fault:
        client = Client.objects.select_related("owner", "service_account").get(pk=client.pk)
    covered = covered_by(client.allowed_scope)
    context = {
        "covered": covered,
        "others": not_covered(covered),
        "typed": typed,
        "fault": fault,
    }
    return show_tab(request, client, page=TAB, template="policies/catalogue/tab.html", context=context)
