"""The pages of initial access tokens: what there is, a new one, its value once, and revoking."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import server_settings
from accounts.authorization import PermissionMissing, holding_of, holds, may
from accounts.once import Shelf
from accounts.permissions import Permission
from clients.views.fetching import actor_of, viewer_of
from tokens.models import InitialAccessToken
from tokens.registering import initial_tokens
from tokens.registering.forms import InitialTokenForm
from tokens.registering.initial_tokens import NotMade

_SHELF = Shelf(name="initial_tokens_to_show_once", label="initial access token shown once")
MOST = 200  # on the page


def _demand(request: HttpRequest) -> None:
    """Whoever may register any client, not the own ones alone."""
    if not holds(viewer_of(request), Permission.CLIENTS_CREATE):
        raise PermissionMissing(Permission.CLIENTS_CREATE)


@require_safe
def token_list(request: HttpRequest) -> HttpResponse:
    """The newest first, with what is left of each."""
    _demand(request)
    now = timezone.now()
    rows = InitialAccessToken.objects.select_related("owner").order_by("-pk")[:MOST]
    lines = [(row, row.revoked_at is None and row.expires > now and row.clients_left > 0) for row in rows]
    context = {
        "lines": lines,
        "on": server_settings.current().dynamic_registration,
        "sees_settings": may(viewer_of(request), Permission.SETTINGS_VIEW),
    }
    return render(request, "tokens/registering/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """R36: nobody lets a stranger be given what they do not hold."""
    _demand(request)
    viewer = viewer_of(request)
    form = InitialTokenForm(request.POST if request.method == "POST" else None, viewer=viewer)
    if form.is_bound and form.is_valid():
        try:
            made = initial_tokens.make(form.limits, by=actor_of(request), giver=holding_of(viewer), now=timezone.now())
        except NotMade as refused:
            form.add_faults(refused.faults)
        else:
            _SHELF.put(request.session, [made.value], about=made.row.pk, user_pk=viewer.pk)
            return redirect("initial_token", made.row.pk)
    return render(request, "tokens/registering/new.html", {"form": form}, status=400 if form.is_bound else 200)


@require_safe
@never_cache
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The value, exactly once; HEAD looks at nothing."""
    row, content = _fetch(request, number), None
    if request.method == "GET":
        content = _SHELF.take(request.session, about=row.pk, user_pk=viewer_of(request).pk)
    context = {"row": row, "value": content[0] if content else "", "hosts": initial_tokens.hosts_of(row)}
    return render(request, "tokens/registering/once.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Asks, then ends it. What was registered by it stays."""
    row = _fetch(request, number)
    if request.method != "POST":
        return render(request, "tokens/registering/revoke.html", {"row": row, "registered": row.registrations.count()})
    ended = initial_tokens.revoke(row, by=actor_of(request), now=timezone.now())
    messages.success(request, f"{row.name} registers nobody any more." if ended else f"{row.name} had ended already.")
    return redirect("initial_token_list")


def _fetch(request: HttpRequest, number: int) -> InitialAccessToken:
    _demand(request)
    rows = InitialAccessToken.objects.select_related("owner")
    row: InitialAccessToken | None = rows.filter(pk=number).first() if number < 2**63 else None
    if row is None:
        raise Http404
    return row
