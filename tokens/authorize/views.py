"""The page at `/authorize`: GET asks, POST is either another site's request or the consent form's answer.

A request that another site posts is checked and then sent on to the same request by GET, since browsers leave the
session's cookie out of such a POST (SameSite=Lax) and let it come with the GET.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

import audit
from accounts.authentication_time import signed_in_at
from accounts.models import User
from clients.wording import counted
from policies import budgets, client_address
from tokens import consent
from tokens.authorize import answers, asking, checks, consent_page, granting
from tokens.authorize.errors import Sent, Shown
from tokens.authorize.request import AuthorizationRequest, read
from tokens.form_request import MEDIA_TYPE
from tokens.models import Consent

ANSWERS = ("allow", "deny")
# All that the consent page's form holds.
FIELDS = frozenset({*ANSWERS, "csrfmiddlewaretoken", "ticket", "scope"})


def is_consent_form(http: HttpRequest) -> bool:
    """Whether a POST answers the consent page: that one needs the CSRF token."""
    return any(name in http.POST for name in ANSWERS)


@login_not_required
@require_http_methods(["GET", "POST"])
def authorize(http: HttpRequest) -> HttpResponse:
    """RFC 6749 §3.1: "The authorization server MUST support the use of the HTTP GET method"; POST besides."""
    answering = http.method == "POST" and is_consent_form(http)
    request: AuthorizationRequest | None = None
    try:
        _charge_address(http)
        request = _read(http, with_body=not answering)
        try:
            checks.run(request)
            if answering:
                return _answer(http, request)
            return _send_on(http, request) if http.method == "POST" else _ask(http, request)
        except Sent as error:
            return answers.error_to_client(http, request, error, actor=_actor(http))
    except Shown as error:
        return answers.page_of_error(http, error, actor=_actor(http), request=request)


# Read by the CSRF middleware: what another site posts changes nothing, and cannot know the token.
authorize.csrf_exempt_unless = is_consent_form  # type: ignore[attr-defined]


def _charge_address(http: HttpRequest) -> None:
    """R42. Nobody is authenticated here, so that no client is charged: else anybody could use up its budget."""
    charge = budgets.charge_address(http.META.get(client_address.ENVIRON_KEY, ""))
    if charge.over:
        raise Shown(
            "too many requests",
            f"Too many requests came from your network. Try again in {counted(charge.seconds, 'second')}.",
            status=429,
            detail=f"address budget: {charge.budget.limit} in {charge.budget.period} s",
            retry_after=charge.seconds,
        )


def _read(http: HttpRequest, *, with_body: bool) -> AuthorizationRequest:
    body = b""
    if with_body and http.method == "POST":
        if http.content_type != MEDIA_TYPE:
            raise Shown("the request is no form", f"A posted request is sent as {MEDIA_TYPE}.", status=415)
        body = http.body
    query = http.META.get("QUERY_STRING", "").encode("latin-1")
    return read(
        query,
        body,
        now=timezone.now(),
        address=http.META.get(client_address.ENVIRON_KEY, ""),
        method=http.method or "",
        https=http.is_secure(),
    )


def _send_on(http: HttpRequest, request: AuthorizationRequest) -> HttpResponse:
    return answers.redirect(http, f"{asking.PATH}?{request.query}")


def _ask(http: HttpRequest, request: AuthorizationRequest) -> HttpResponse:
    """Sign-in, then consent, then the answer; each only where it is needed."""
    user, since = _signed_in(http)
    if (
        user is None
        or asking.must_sign_in(request, signed_in_at=since)
        or asking.is_somebody_else(request, sub=str(user.sub))
    ):
        asking.refuse_silently(request, "login_required")
        return answers.redirect(http, sign_in_address(request))
    remembered = consent.remembered(user, request.client)
    if remembered is not None and not _must_consent(request, remembered):
        answer = granting.by_remembered(request, user, remembered, signed_in_at=since)
        if answer is not None:
            return answers.to_client(http, request, answer)
    asking.refuse_silently(request, "consent_required")
    return _consent(http, request, user)


def _must_consent(request: AuthorizationRequest, remembered: Consent) -> bool:
    return "consent" in request.prompts or not consent.suffices(remembered, request.client, request.reach.scopes)


def _consent(http: HttpRequest, request: AuthorizationRequest, user: User, *, fault: str = "") -> HttpResponse:
    context = {
        "asked": consent_page.page_for(request, user),
        "action": f"{asking.PATH}?{request.query}",
        "sign_in": sign_in_address(request),
        "fault": fault,
    }
    response = render(http, "oauth/consent.html", context, status=400 if fault else 200)
    return answers.let_forms_lead_to(answers.uncached(response), request)


def _answer(http: HttpRequest, request: AuthorizationRequest) -> HttpResponse:
    """The consent form came back. Whoever is signed out since, or sent it too late, is asked again."""
    user, since = _signed_in(http)
    if user is None:
        return _send_on(http, request)
    if not set(http.POST) <= FIELDS:
        raise consent_page.tampered(request)
    try:
        ticked = http.POST.getlist("scope")
        granted = consent_page.granted(request, user, ticket=http.POST.get("ticket", ""), ticked=ticked)
    except consent_page.Outdated:
        return _send_on(http, request)
    if "deny" in http.POST:
        consent.deny(request.client, asked=request.reach.scopes, by=_actor(http), now=request.now)
        raise Sent("access_denied", "The user did not allow it.", recorded=False)
    if not granted:
        return _consent(http, request, user, fault="Choose at least one, or deny.")
    answer = granting.by_consent(request, user, granted=granted, signed_in_at=since, by=_actor(http))
    return answers.to_client(http, request, answer)


def sign_in_address(request: AuthorizationRequest) -> str:
    """The sign-in page, which leads back here."""
    return f"{reverse('account_login')}?{urlencode({'next': asking.marked_address(request)})}"


def _signed_in(http: HttpRequest) -> tuple[User | None, datetime | None]:
    """Who is signed in, and since when."""
    user = http.user
    return (user, signed_in_at(http, user)) if isinstance(user, User) else (None, None)


def _actor(http: HttpRequest) -> audit.Actor:
    return cast(audit.Actor, http.actor)  # type: ignore[attr-defined]
