"""To the other provider and back; the person's own connection with it; and the page of its settings."""

from __future__ import annotations

from typing import cast

from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import server_settings
from accounts.authorization import demand, holding_of, may
from accounts.faults import Refused
from accounts.models import User
from accounts.permissions import Permission
from accounts.upstream import arriving, pages
from accounts.upstream.arriving import NotLetIn
from accounts.upstream.facts import Upstream
from accounts.upstream.forms import UpstreamForm
from accounts.upstream.protocol import Addresses, callback, current, discover, provider_of
from accounts.views.fetching import actor_of, viewer_of

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ImproperlyConfigured)


@login_not_required
@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the provider; whoever is signed in here already proves it once more."""
    refusal: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
    if refusal is not None:
        return refusal
    goes_on = request.POST.get("next", "")
    goes_on = goes_on if url_has_allowed_host_and_scheme(goes_on, allowed_hosts=None) else ""
    return _go(request, process="login", goes_on=goes_on, again=request.user.is_authenticated)


def _go(request: HttpRequest, *, process: str, goes_on: str = "", again: bool = False) -> HttpResponseBase:
    upstream = _upstream()
    try:
        leads_to = provider_of(request, upstream, again=again).redirect(request, process, next_url=goes_on or None)
    except (ImmediateHttpResponse, OAuth2Error) as failed:
        if isinstance(failed, ImmediateHttpResponse):
            return cast(HttpResponse, failed.response)
        return pages.failed(request, upstream.name, error="", exception=failed, extra_context={})
    return pages.going(request, name=upstream.name, address=leads_to["Location"])


@login_not_required
@never_cache
@require_GET
def come_back(request: HttpRequest) -> HttpResponseBase:
    """The redirect URI (RFC 6749 §4.1.2)."""
    upstream = _upstream()
    try:
        answer: HttpResponseBase = OAuth2CallbackView.adapter_view(Addresses(request, upstream.key))(request)
    except UNREADABLE as error:  # what a provider may answer is without bounds
        return pages.failed(request, upstream.name, error="", exception=error, extra_context={})
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponseBase:
    """Connect the viewer's account, or disconnect it."""
    upstream, viewer = _upstream(), cast(User, request.user)
    if request.method != "POST":
        return _show_own(request, upstream)
    if "disconnect" not in request.POST:
        return _go(request, process="connect")
    try:
        arriving.disconnect(viewer, upstream, by=actor_of(request), now=timezone.now())
    except NotLetIn as refusal:
        return _show_own(request, upstream, fault=str(refusal))
    messages.success(request, f"Your account is no longer connected with {upstream.name}.")
    return redirect("account")


def _show_own(request: HttpRequest, upstream: Upstream, *, fault: str = "") -> HttpResponse:
    connection = arriving.of(cast(User, request.user), upstream)
    context = {"upstream": upstream, "connection": connection, "fault": fault}
    return render(request, "upstream/own.html", context, status=409 if fault else 200)


def _upstream() -> Upstream:
    found = current()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def upstream_settings(request: HttpRequest) -> HttpResponse:
    """Which provider, our client there, and what its word is worth. It is asked once before anything is kept."""
    viewer = viewer_of(request)
    demand(viewer, Permission.SETTINGS_VIEW)
    if request.method != "POST":
        return _show(request, UpstreamForm(stored=server_settings.current()))
    demand(viewer, Permission.SETTINGS_EDIT)
    form = UpstreamForm(request.POST, stored=server_settings.current())
    value = None
    if "remove" not in request.POST:
        if not (form.is_valid() and _answers(form)):
            return _show(request, form, status=400)
        value = form.value
    try:
        changes = server_settings.change(
            by=actor_of(request), values={"upstream": value}, seen=form.seen, giver=holding_of(viewer)
        )
    except Refused as refused:
        form.refuse(refused.faults)
        return _show(request, form, status=400)
    except server_settings.ChangedMeanwhile:
        form.add_error(None, "Somebody else changed this meanwhile. Nothing was saved. Save again to keep your values.")
        form.seen, form.stored = None, server_settings.current()
        return _show(request, form, status=409)
    said = "is removed" if value is None else "is set"
    messages.success(request, f"The sign-in provider {said}." if changes else "Nothing was different.")
    return redirect("upstream")


def _answers(form: UpstreamForm) -> bool:
    """Whether the issuer is one; if not, the form says why. The rules for addresses come first."""
    issuer = form.cleaned_data["issuer"]
    if not issuer.startswith("https:") and not settings.AUTHSERVER.development:
        return True  # the rules refuse it
    try:
        discover(issuer)
    except NotLetIn as error:
        form.add_error("issuer", str(error))
        return False
    return True


def _show(request: HttpRequest, form: UpstreamForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "callback": callback(),
        "set": bool(form.stored.upstream),
        "may_edit": may(viewer_of(request), Permission.SETTINGS_EDIT),
    }
    return render(request, "upstream/settings.html", context, status=status)
