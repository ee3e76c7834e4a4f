"""The pages of second factors: django-allauth's own views in this house's clothes, at this house's addresses."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.models import Login
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import auth, flows
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import continuing
from accounts.authorization import holding_of
from accounts.models import User
from accounts.permissions import Permission
from accounts.second_factors import keeping
from accounts.views.fetching import actor_of, changing, viewer_of

RETRY_AFTER = 300  # seconds: the longest of the periods in settings.ACCOUNT_RATE_LIMITS


class _SecondFactor(AuthenticateView):
    """Behind the password. What goes on afterwards may lead to another site: its address is let through (CSP)."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        stage = getattr(self, "stage", None)  # none: it was sent back to the password
        goes_on = continuing.behind(stage.login.redirect_url or "") if stage else continuing.NOTHING
        if goes_on.form_action:
            response._csp_update = {"form-action": [goes_on.form_action]}  # type: ignore[attr-defined]
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 429 if form.has_error("code", "too_many_login_attempts") else 400
        if response.status_code == 429:
            response["Retry-After"] = str(RETRY_AFTER)
        return response


_second_factor = _SecondFactor.as_view()


@login_not_required
@never_cache
@sensitive_post_parameters("code", "credential")
def second_factor(request: HttpRequest) -> HttpResponseBase:
    """Whoever proves themselves once more is signed in already: here they are not, until both are proven."""
    if LOGIN_SESSION_KEY in request.session:
        request.user = AnonymousUser()
    return cast(HttpResponseBase, _second_factor(request))


class _ByPasskey(LoginWebAuthnView):
    """Without a password: the passkey proves possession and its owner."""

    def form_valid(self, form: Form) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        goes_on = self.request.POST.get("next", "")
        safe = goes_on if goes_on and get_adapter().is_safe_url(goes_on) else None
        login = Login(user=authenticator.user, redirect_url=safe)
        return cast(HttpResponse, flows.perform_passwordless_login(self.request, authenticator, login))

    def form_invalid(self, form: Form) -> HttpResponse:
        messages.error(self.request, "That passkey is not known here. Sign in with your password.")
        return redirect("account_login")


by_passkey = login_not_required(never_cache(_ByPasskey.as_view()))


class _AddApp(ActivateTOTPView):
    """The secret as a picture and as text, then a first code of it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        picture = context["totp_svg"]
        return context | {"picture": picture[picture.index("<svg") :], "secret": context["form"].secret}


class _RemoveApp(DeactivateTOTPView):
    success_url = reverse_lazy("account")


class _AddPasskey(AddWebAuthnView):
    """The browser makes the key pair; only its public half comes here. It signs in without the password, too."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"js_data": {"creation_options": auth.begin_registration(viewer_of(self.request), True)}}


class _RemovePasskey(RemoveWebAuthnView):
    success_url = reverse_lazy("account")


add_app = never_cache(_AddApp.as_view())
remove_app = _RemoveApp.as_view()
add_passkey = never_cache(_AddPasskey.as_view())
remove_passkey = _RemovePasskey.as_view()
recovery_codes = never_cache(ViewRecoveryCodesView.as_view())
new_recovery_codes = GenerateRecoveryCodesView.as_view()


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Where django-allauth leads afterwards: all of them stand at My account."""
    return redirect("account")


@require_safe
def required(request: HttpRequest) -> HttpResponse:
    """For administrators who must have one before anything else."""
    return render(request, "mfa/required.html", {"factors": keeping.factors_of(viewer_of(request))})


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.PEOPLE_EDIT)
def take_away(request: HttpRequest, person: User) -> HttpResponse:
    """Of somebody who has lost them. Their password still holds."""
    if request.method != "POST":
        return render(request, "people/second_factors.html", {"person": person, "factors": keeping.factors_of(person)})
    taken = keeping.take_away(user=person, by=actor_of(request), giver=holding_of(viewer_of(request)))
    messages.success(request, f"{person.display_name} has no second factor." if taken else "There was none.")
    return redirect("people_person", person.pk)
