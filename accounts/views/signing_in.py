"""Sign-in, sign-out, the first start, and setting a password by a link. Signing in itself is django-allauth's."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import continuing, my_account, server_settings, sign_in_events, signing_up
from accounts import set_up as first_start
from accounts.authentication_time import signed_in_at
from accounts.forms import OwnAccountForm
from accounts.models import User

RETRY_AFTER = 300  # seconds: the longest of the periods in settings.ACCOUNT_RATE_LIMITS


class SignInView(LoginView):
    """allauth's view, whose throttling also speaks HTTP: 429 with `Retry-After` (RFC 6585 §4), and an event.

    An application may want somebody who is signed in to prove it once more: they then sign in as if they were not.
    """

    continuation = continuing.NOTHING
    again = False

    @method_decorator(login_not_required)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.continuation = continuing.behind(request.POST.get("next") or request.GET.get("next") or "")
        self.again = _signs_in_again(request, self.continuation)
        if self.again:
            self.initial = {"login": request.user.get_username()}
            request.user = AnonymousUser()
        if self.continuation.username:
            self.initial = {"login": self.continuation.username}
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        if self.continuation.form_action:
            response._csp_update = {"form-action": [self.continuation.form_action]}  # type: ignore[attr-defined]
        if response.status_code == 429 and not hasattr(request, "refusal_reference"):
            sign_in_events.throttled(request, name="")
        reference = getattr(request, "refusal_reference", "")
        if reference:
            response["X-Reference"] = reference
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "continuation": self.continuation,
            "sign_up": self._sign_up(),
            "again": self.again,
            "upstream": server_settings.current().upstream.get("name", ""),
        }

    def _sign_up(self) -> str:
        """Where strangers make an account, or nothing; whoever proves themselves once more has one."""
        if self.again or not signing_up.allowed():
            return ""
        goes_on = self.request.POST.get("next") or self.request.GET.get("next")
        return reverse("sign_up") + ("?" + urlencode({"next": goes_on}) if goes_on else "")

    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.has_error("__all__", "too_many_login_attempts"):
            response.status_code = 429
            response["Retry-After"] = str(RETRY_AFTER)
        return response


def _signs_in_again(request: HttpRequest, continuation: continuing.Continuation) -> bool:
    user, asked_at = request.user, continuation.asked_at
    return isinstance(user, User) and asked_at is not None and signed_in_at(request, user) < asked_at


sign_in = SignInView.as_view()


def signed_in_elsewhere(request: HttpRequest) -> HttpResponse | None:
    """Where a sign-in form leads that was open in one tab while its person signed in in another.

    Signing in ends the token of every form that was open before. Nothing of such a form counts; whoever sent it is
    signed in already, and goes on to where it would have led, by a GET.
    """
    if request.path != reverse("account_login") or not request.user.is_authenticated:
        return None
    leads_to = request.POST.get("next") or request.GET.get("next")
    query = "?" + urlencode({"next": leads_to}) if leads_to else ""
    return HttpResponse(status=303, headers={"Location": request.path + query})


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
    form = OwnAccountForm(request.POST or None)
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


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """My account: what the person decides about themselves."""
    sections = my_account.sections_of(cast(User, request.user), now=timezone.now())
    return render(request, "accounts/account.html", {"sections": sections})
