"""The page on which people make their own account (R62). While that is off, there is no such page."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import continuing, signing_up
from accounts.faults import Refused
from accounts.forms import OwnAccountForm
from accounts.sign_in_events import actor_of

ACTION = "signup"  # its limits stand in settings.ACCOUNT_RATE_LIMITS


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Whoever made an account signs in with it, and then goes on where they were."""
    if not signing_up.allowed():
        raise Http404
    if request.user.is_authenticated:
        return redirect("dashboard")
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action=ACTION)
    if refused is not None:
        return refused
    form = OwnAccountForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid() and _make(request, form)):
        return _show(request, form)
    messages.success(request, "Your account is made. Sign in with it now.")
    return redirect(_sign_in(request))


def _make(request: HttpRequest, form: OwnAccountForm) -> bool:
    """Whether there is an account now; if not, the form says why."""
    try:
        signing_up.sign_up(**form.cleaned_data, by=actor_of(request), now=timezone.now())
    except signing_up.NotAllowed as error:
        raise Http404 from error
    except Refused as refused:
        for fault in refused.faults:
            form.add_error(fault.key if fault.key in form.fields else None, fault.message)
        return False
    return True


def _sign_in(request: HttpRequest) -> str:
    """The sign-in page, which keeps where to go on, and checks it."""
    goes_on = request.POST.get("next") or request.GET.get("next")
    return reverse("account_login") + ("?" + urlencode({"next": goes_on}) if goes_on else "")


def _show(request: HttpRequest, form: OwnAccountForm) -> HttpResponse:
    goes_on = request.POST.get("next") or request.GET.get("next") or ""
    context = {
        "form": form,
        "next": goes_on,
        "continuation": continuing.behind(goes_on),
        "sign_in": _sign_in(request),
    }
    return render(request, "accounts/sign_up.html", context, status=400 if form.is_bound else 200)
