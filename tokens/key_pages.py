"""Signing keys: their lives on a page, rotating and withdrawing. Their private part is shown nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authorization import demand, may
from accounts.permissions import Permission
from clients.views.fetching import actor_of, viewer_of
from tokens.issuer import issuer
from tokens.models import SigningKey
from tokens.signing_keys import rotation, tending
from tokens.signing_keys.rotation import ChangedMeanwhile

CHANGED = "Somebody else changed the keys meanwhile. Nothing was done. Look again, then decide."
ORDER = {"current": 0, "next": 1, "retired": 2}


@require_safe
def key_list(request: HttpRequest) -> HttpResponse:
    """What signs now, what will, and what is still published."""
    demand(viewer_of(request), Permission.KEYS_VIEW)
    keys = _keys()
    context = {
        "keys": keys,
        "closed": [key.kid for key in keys if key.state != "retired" and not rotation.opens(key)],
        "rotates_at": tending.rotates_at(keys),
        "every": tending.ROTATE_AFTER.days,
        "key_set": f"{issuer()}/jwks",
        "may_rotate": may(viewer_of(request), Permission.KEYS_ROTATE),
    }
    return render(request, "tokens/keys/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def key_rotate(request: HttpRequest) -> HttpResponse:
    """The next keys sign at once."""
    demand(viewer_of(request), Permission.KEYS_ROTATE)
    if request.method != "POST":
        return _ask_to_rotate(request)
    try:
        rotation.rotate(by=actor_of(request), now=timezone.now(), seen=request.POST.get("seen", "").split())
    except ChangedMeanwhile:
        return _ask_to_rotate(request, conflict=CHANGED)
    messages.success(request, "The keys are rotated. Every worker signs with the new ones from its next request on.")
    return redirect("key_list")


def _ask_to_rotate(request: HttpRequest, *, conflict: str = "") -> HttpResponse:
    keys, now = _keys(), timezone.now()
    coming = [key for key in keys if key.state == "next"]
    context: dict[str, Any] = {
        "current": [key for key in keys if key.state == "current"],
        "coming": coming,
        "young": [key for key in coming if now - key.created < tending.PUBLISHED_BEFORE],
        "closed": any(not rotation.opens(key) for key in coming),
        "known_after": _in_hours(tending.PUBLISHED_BEFORE),
        "until": rotation.end_of_the_longest_life(now),
        "conflict": conflict,
    }
    return render(request, "tokens/keys/rotate.html", context, status=409 if conflict else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def key_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """A retired key is published no longer, before its time."""
    demand(viewer_of(request), Permission.KEYS_ROTATE)
    key = SigningKey.objects.filter(pk=number, state="retired").first() if number < 2**63 else None
    if key is None:
        raise Http404
    if request.method != "POST":
        return render(request, "tokens/keys/withdraw.html", {"key": key})
    try:
        rotation.withdraw(key.kid, by=actor_of(request), now=timezone.now())
    except ChangedMeanwhile as error:
        raise Http404 from error
    messages.success(request, "The key is published no longer.")
    return redirect("key_list")


def _keys() -> list[SigningKey]:
    """All of them; made here on a server that has none yet."""
    rotation.ensure(now=timezone.now())
    rows = SigningKey.objects.order_by("algorithm", "-created", "-pk")
    return sorted(rows, key=lambda key: ORDER[key.state])


def _in_hours(time: timedelta) -> int:
    return int(time.total_seconds() // 3600)
