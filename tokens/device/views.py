"""The page at `/device` (RFC 8628 §3.3): a person types the code, sees who asks, and decides.

A code that came with the address is filled in and no more: §5.4, nobody is to allow what somebody else began without
having looked at the device.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

import audit
from accounts.authentication_time import signed_in_at
from accounts.models import User
from policies import resources
from policies.resources import Reach
from policies.snapshots import ServerPolicy, refresh_server_policy
from tokens import consent
from tokens.consent_words import asked_scopes, choices_among, lifetime
from tokens.device import codes, guesses, user_codes
from tokens.models import DeviceCode

UNKNOWN = "No device waits with this code. Check each letter, or start again on the device."
TOO_MANY = "Too many wrong codes. Wait five minutes, then try again."
DECIDED = "This code has been used or has ended meanwhile. Start again on the device."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def device(request: HttpRequest) -> HttpResponse:
    """The code's form, then the question, then the answer; each on this one address."""
    typed = request.POST.get("user_code") or request.GET.get("user_code", "")
    if request.method != "POST":
        return _entry(request, typed[: user_codes.LONGEST_TYPED])
    if not guesses.are_left(request):
        return _entry(request, typed, fault=TOO_MANY, status=429)
    code = user_codes.typed(typed)
    row = codes.waiting(code, now=timezone.now()) if code else None
    if row is None or code is None:
        guesses.count(request)
        return _entry(request, typed[: user_codes.LONGEST_TYPED], fault=UNKNOWN, status=400)
    if "deny" in request.POST:
        return _deny(request, row)
    return _allow(request, row, code) if "allow" in request.POST else _ask(request, row, code)


def _entry(request: HttpRequest, typed: str, *, fault: str = "", status: int = 200) -> HttpResponse:
    return render(request, "oauth/device.html", {"typed": typed, "fault": fault}, status=status)


def _ask(request: HttpRequest, row: DeviceCode, code: str, *, fault: str = "") -> HttpResponse:
    policy = refresh_server_policy()
    context = {
        "client": row.application,
        "scopes": asked_scopes(row.scope.split(), policy.catalogue),
        "lifetime": lifetime(row.application, policy),
        "code": user_codes.shown(code),
        "fault": fault,
    }
    return render(request, "oauth/device_consent.html", context, status=400 if fault else 200)


def _allow(request: HttpRequest, row: DeviceCode, code: str) -> HttpResponse:
    """All that was asked, but of sensitive scopes among others only those that were ticked (R64)."""
    policy, asked = refresh_server_policy(), row.scope.split()
    choices, ticked = choices_among(asked, policy.catalogue), set(request.POST.getlist("scope"))
    granted = tuple(name for name in asked if name not in choices or name in ticked)
    if not granted:
        return _ask(request, row, code, fault="Choose at least one, or deny.")
    if not _grant(request, row, granted, policy):
        return _entry(request, "", fault=DECIDED, status=409)
    return _done(request, row, allowed=True)


@transaction.atomic
def _grant(request: HttpRequest, row: DeviceCode, granted: tuple[str, ...], policy: ServerPolicy) -> bool:
    user, now = cast(User, request.user), timezone.now()
    whole = Reach(scopes=tuple(row.scope.split()), audiences=tuple(row.resource.split()))
    reach = resources.only_with(granted, of=whole, catalogue=policy.catalogue)
    since, refreshing = signed_in_at(request, user), policy.refresh_token_lifetime
    if not codes.approve(row, user, reach, signed_in_at=since, refreshing=refreshing, now=now):
        return False
    consent.give(user, row.application, asked=whole.scopes, granted=granted, by=_actor(request), now=now)
    return True


def _deny(request: HttpRequest, row: DeviceCode) -> HttpResponse:
    now = timezone.now()
    with transaction.atomic():
        if not codes.deny(row, cast(User, request.user), now=now):
            return _entry(request, "", fault=DECIDED, status=409)
        consent.deny(row.application, asked=row.scope.split(), by=_actor(request), now=now)
    return _done(request, row, allowed=False)


def _done(request: HttpRequest, row: DeviceCode, *, allowed: bool) -> HttpResponse:
    context: Mapping[str, Any] = {"client": row.application, "allowed": allowed}
    return render(request, "oauth/device_done.html", context)


def _actor(request: HttpRequest) -> audit.Actor:
    return cast(audit.Actor, request.actor)  # type: ignore[attr-defined]
