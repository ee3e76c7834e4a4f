"""Sign-in, sign-out and the first start. Signing in itself is django-allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import set_up as first_start
from accounts import sign_in_events
from accounts.forms import SetUpForm

RETRY_AFTER = 300  # seconds: the longest of the periods in settings.ACCOUNT_RATE_LIMITS


class SignInView(LoginView):
    """allauth's view, whose throttling also speaks HTTP: 429 with `Retry-After` (RFC 6585 §4), and an event."""

    @method_decorator(login_not_required)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        if response.status_code == 429 and not hasattr(request, "refusal_reference"):
            sign_in_events.throttled(request, name="")
        reference = getattr(request, "refusal_reference", "")
        if reference:
            response["X-Reference"] = reference
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.has_error("__all__", "too_many_login_attempts"):
            response.status_code = 429
            response["Retry-After"] = str(RETRY_AFTER)
        return response


sign_in = SignInView.as_view()


@require_POST
@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session in this browser; harmless for who has none."""
    logout(request)
    return redirect("account_login")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first administrator by the link that the first start printed."""
    link = first_start.find_link(token, now=timezone.now())
    if link is None:
        return _ended(request)
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            first_start.complete(
                token=token, **form.cleaned_data, now=timezone.now(), by=sign_in_events.actor_of(request)
            )
        except first_start.LinkEnded:
            return _ended(request)
        messages.success(request, "The server is set up. Sign in with the account that you just made.")
        return redirect("account_login")
    context = {"form": form, "issuer": settings.AUTHSERVER.issuer, "expires_at": link.expires_at}
    return render(request, "accounts/set_up.html", context, status=400 if form.is_bound else 200)


def _ended(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/set_up_ended.html", status=404)
