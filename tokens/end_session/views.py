"""The page at `/end_session`: signs out, after asking wherever the request does not prove that it may.

It may at once where it brings an ID token of the very person who is signed in: only that person's application has one.
Everything else could have been sent by anybody (RP-Initiated Logout 1.0 §6), so that the person is asked.
"""

from __future__ import annotations

from typing import cast

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

import audit
from accounts.models import User
from policies.snapshots import refresh_server_policy
from tokens.authorize import answers
from tokens.authorize.errors import Shown
from tokens.end_session import asking
from tokens.end_session.asking import Asked
from tokens.form_request import MEDIA_TYPE
from tokens.redirects import form_action_source

PATH = "/end_session"
ANSWERS = ("sign_out", "stay")
KIND = "end_session.refused"


def is_our_form(http: HttpRequest) -> bool:
    """Whether a POST answers the question: that one needs the CSRF token."""
    return any(name in http.POST for name in ANSWERS)


@login_not_required
@require_http_methods(["GET", "POST"])
def end_session(http: HttpRequest) -> HttpResponse:
    """§2: GET and POST. What another site posts is sent on to the same request by GET, so that the cookie comes."""
    answering = http.method == "POST" and is_our_form(http)
    try:
        asked = _read(http, with_body=not answering)
    except Shown as error:
        actor = cast(audit.Actor, http.actor)  # type: ignore[attr-defined]
        return answers.page_of_error(http, error, actor=actor, kind=KIND, page="oauth/sign_out_error.html")
    if answering:
        return _done(http, asked) if "sign_out" in http.POST else _stay(http, asked)
    if http.method == "POST":
        return answers.redirect(http, f"{PATH}?{asked.query}")
    return _ask(http, asked) if _must_ask(http, asked) else _done(http, asked)


# Read by the CSRF middleware: what another site posts changes nothing, and cannot know the token.
end_session.csrf_exempt_unless = is_our_form  # type: ignore[attr-defined]


def _read(http: HttpRequest, *, with_body: bool) -> Asked:
    body = b""
    if with_body and http.method == "POST":
        if http.content_type != MEDIA_TYPE:
            raise Shown("the request is no form", f"A posted request is sent as {MEDIA_TYPE}.", status=415)
        body = http.body
    return asking.read(http.META.get("QUERY_STRING", "").encode("latin-1"), body, policy=refresh_server_policy())


def _must_ask(http: HttpRequest, asked: Asked) -> bool:
    """Nobody is asked who is not signed in, or whose own ID token came along."""
    user = http.user
    return isinstance(user, User) and str(user.sub) != asked.sub


def _ask(http: HttpRequest, asked: Asked) -> HttpResponse:
    context = {"client": asked.client, "action": f"{PATH}?{asked.query}", "returns": bool(asked.return_to)}
    response = answers.uncached(render(http, "oauth/sign_out.html", context))
    if asked.return_to:
        response._csp_update = {"form-action": [form_action_source(asked.return_to)]}  # type: ignore[attr-defined]
    return response


def _done(http: HttpRequest, asked: Asked) -> HttpResponse:
    logout(http)
    if asked.return_to:
        return answers.redirect(http, asked.return_to)
    return answers.uncached(render(http, "oauth/signed_out.html", {"client": asked.client}))


def _stay(http: HttpRequest, asked: Asked) -> HttpResponse:
    return answers.uncached(render(http, "oauth/stayed.html", {"client": asked.client}))
