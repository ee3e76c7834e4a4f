"""What people see on the way to the other provider and back, when it does not lead to where they wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog
from allauth.socialaccount.providers.base.constants import AuthError
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

import audit
from accounts import sign_in_events
from accounts.upstream.facts import Upstream

log = structlog.get_logger("accounts.upstream")
CANCELLED = "You were not signed in: {name} says that it was cancelled."
STALE = "This answer of {name} belongs to no sign-in of this browser, or came too late. Begin again."
BROKEN = "{name} did not answer as an OpenID provider does, so nobody was signed in. Try again, or another way."


def going(request: HttpRequest, *, name: str, address: str) -> HttpResponse:
    """On to `address`; a page, since a form's answer may not redirect to another site (CSP `form-action`)."""
    return render(request, "upstream/going.html", {"name": name, "address": address})


def connected(request: HttpRequest, upstream: Upstream) -> HttpResponse:
    messages.success(request, f"Your account is connected: you can sign in with {upstream.name} now.")
    return redirect("account")


def refused(request: HttpRequest, sentence: str) -> HttpResponse:
    """Nobody is signed in; recorded with a reference."""
    sign_in_events.refused("sign_in.failed", request, name="")
    reference = getattr(request, "refusal_reference", "")
    return render(request, "upstream/refused.html", {"sentence": sentence, "reference": reference}, status=403)


def failed(
    request: HttpRequest, name: str, *, error: str, exception: Exception | None, extra_context: dict[str, Any]
) -> HttpResponse:
    """The provider's own fault is in the log: it may hold what is not for everybody."""
    if exception is not None:
        log.warning("upstream.failed", error=str(exception)[:500])
    if error == AuthError.CANCELLED:
        sentence = CANCELLED
    else:
        sentence = STALE if "state" not in extra_context and exception is None else BROKEN
    return refused(request, sentence.format(name=name))


def named(by: audit.Actor, upstream: Upstream) -> audit.Actor:
    """Who makes accounts and memberships on the provider's word."""
    return replace(by, name=f"{upstream.name} (sign-in)")
