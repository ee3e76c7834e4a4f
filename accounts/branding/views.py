"""The page of the brand, and the two files of it that pages fetch: a stylesheet and the logo."""

from __future__ import annotations

import base64

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import server_settings
from accounts.authorization import demand, may
from accounts.branding import brand
from accounts.branding.forms import KEYS, BrandForm
from accounts.models import ServerSettings
from accounts.permissions import Permission
from accounts.views.fetching import actor_of, viewer_of

FOR_GOOD = "public, max-age=31536000, immutable"  # another colour or logo has another address
INERT = {"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "sandbox": True}
THEMES = ("light", "dark")
CONFLICT = "Somebody else changed this meanwhile. Nothing was saved. Save again to keep your value."


@require_http_methods(["GET", "HEAD", "POST"])
def branding(request: HttpRequest) -> HttpResponse:
    """Name, colour, logo and links, beside the sign-in page as it looks with them."""
    viewer = viewer_of(request)
    demand(viewer, Permission.SETTINGS_VIEW)
    if request.method != "POST":
        return _show(request, BrandForm(stored=server_settings.current()))
    demand(viewer, Permission.SETTINGS_EDIT)
    form = BrandForm(request.POST, request.FILES, stored=server_settings.current())
    if not form.is_valid():
        return _show(request, form, status=400)
    try:
        changes = server_settings.change(by=actor_of(request), values=form.values, seen=form.seen)
    except server_settings.ChangedMeanwhile as meanwhile:
        return _show_conflict(request, form, meanwhile.keys)
    messages.success(request, "The brand is changed." if changes else "Nothing was different.")
    return redirect("branding")


def _show_conflict(request: HttpRequest, form: BrandForm, keys: list[str]) -> HttpResponse:
    """The form again with its values, now taken for changes of what others have left."""
    form.seen = None
    form.stored = server_settings.current()
    for name, key in KEYS.items():
        if key in keys:
            form.add_error(name, f"{CONFLICT} It is {getattr(form.stored, name) or 'empty'} now.")
    return _show(request, form, status=409)


def _show(request: HttpRequest, form: BrandForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "may_edit": may(viewer_of(request), Permission.SETTINGS_EDIT), "themes": THEMES}
    return render(request, "accounts/branding.html", context, status=status)


@require_safe
@login_not_required
def stylesheet(request: HttpRequest, colour: str) -> HttpResponse:
    """The accents of a colour, `rrggbb`."""
    try:
        style = brand.stylesheet(colour)
    except ValueError as error:
        raise Http404 from error
    return HttpResponse(style, content_type="text/css; charset=utf-8", headers={"Cache-Control": FOR_GOOD})


@require_safe
@login_not_required
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """The logo with this digest, while it is the server's."""
    uri = ServerSettings.objects.filter(pk=1, logo_digest=digest).values_list("logo", flat=True).first()
    if not uri:
        raise Http404
    head, _, body = uri.partition(";base64,")
    content, media_type = base64.b64decode(body), head.removeprefix("data:")
    response = HttpResponse(content, content_type=media_type, headers={"Cache-Control": FOR_GOOD})
    response._csp_config = INERT  # type: ignore[attr-defined]
    return response
