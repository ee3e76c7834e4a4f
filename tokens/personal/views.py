"""The pages of personal access tokens at My account: a new one, its value once, and revoking."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

import audit
from accounts.models import User
from accounts.my_account import Section
from accounts.once import Shelf
from clients.models import Client
from tokens.models import PersonalToken
from tokens.personal import choosing, keeping
from tokens.personal.forms import NewTokenForm

_SHELF = Shelf(name="personal_tokens_to_show_once", label="personal token shown once")


def section(user: User, now: datetime) -> Section:
    """Of My account: those that there are, and a way to make one where a client allows it."""
    lines = keeping.lines(user, now=now)
    return Section(
        template="tokens/personal/section.html", values={"lines": lines, "possible": bool(choosing.clients_with())}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """First the client, in the page's address; then name, scopes and end."""
    user, clients = cast(User, request.user), choosing.clients_with()
    client = _chosen(request, clients)
    if client is None:
        return render(request, "tokens/personal/choose.html", {"clients": clients})
    scopes = choosing.scopes_for(client, user)
    form = NewTokenForm(request.POST if request.method == "POST" else None, client=client, scopes=scopes)
    made = _made(request, form, user, client) if form.is_bound else None
    if made is not None:
        _SHELF.put(request.session, [made.value], about=made.row.pk, user_pk=user.pk)
        return redirect("personal_token", made.row.pk)
    context = {"form": form, "client": client, "scopes": scopes, "several": len(clients) > 1}
    return render(request, "tokens/personal/new.html", context, status=400 if form.is_bound else 200)


def _chosen(request: HttpRequest, clients: list[Client]) -> Client | None:
    """By its number; where there is one client alone, that one."""
    number = request.GET.get("client", "")
    found = next((client for client in clients if str(client.pk) == number), None)
    if number and found is None:
        raise Http404
    return found or (clients[0] if len(clients) == 1 else None)


def _made(request: HttpRequest, form: NewTokenForm, user: User, client: Client) -> keeping.Made | None:
    """The token; None where the form says why there is none."""
    if not form.is_valid():
        return None
    actor = cast(audit.Actor, request.actor)  # type: ignore[attr-defined]
    try:
        return keeping.make(user=user, client=client, **form.cleaned_data, by=actor, now=timezone.now())
    except keeping.NotMade as refused:
        form.add_faults(refused.faults)
        return None


@require_safe
@never_cache
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The value, exactly once; HEAD looks at nothing."""
    row, content = _own(request, number), None
    if request.method == "GET":
        content = _SHELF.take(request.session, about=row.pk, user_pk=cast(User, request.user).pk)
    context = {
        "row": row,
        "value": content[0] if content else "",
        "scopes": row.family.scope.split(),
    }
    return render(request, "tokens/personal/once.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Asks, then ends it."""
    row = _own(request, number)
    if request.method != "POST":
        return render(request, "tokens/personal/revoke.html", {"row": row})
    actor = cast(audit.Actor, request.actor)  # type: ignore[attr-defined]
    ended = keeping.revoke(row, by=actor, now=timezone.now())
    messages.success(request, f"{row.name} no longer works." if ended else f"{row.name} had ended already.")
    return redirect("account")


def _own(request: HttpRequest, number: int) -> PersonalToken:
    """Of the person who asks; anybody else's is not there."""
    row = keeping.of(cast(User, request.user)).filter(pk=number).first() if number < 2**63 else None
    if row is None:
        raise Http404
    return row
