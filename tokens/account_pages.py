"""The pages of My account that belong to tokens: withdrawing what an application was allowed (R64)."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

import audit
from accounts.models import User
from tokens import applications, consent, families


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Asks, naming what will end; then ends it."""
    user, now = cast(User, request.user), timezone.now()
    client = applications.let_in(user, number)
    if client is None:
        raise Http404
    if request.method != "POST":
        live = families.live(user_pk=user.pk, client_pks=[client.pk], now=now).get(client.pk, 0)
        return render(request, "oauth/withdraw.html", {"client": client, "live": live})
    actor = cast(audit.Actor, request.actor)  # type: ignore[attr-defined]
    consent.withdraw(user, client, by=actor, now=now)
    messages.success(request, f"{client.title} has no access to your account any more.")
    return redirect("account")
