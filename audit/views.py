"""The audit pages: every event, newest first; giving them away; and whether the chain holds."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from audit import exporting, searching
from audit.kinds import FAMILIES
from audit.models import ChainHead
from audit.presenting import days_of
from audit.verification import verify_part

PERMISSION = "audit.view"  # this lowest room knows permissions by name only
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
MOST_A_PAGE = 20_000  # events that one request verifies: less than half a second
_places = signing.Signer(salt="audit.verification")


@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """Search, facets and pages by address. Needs `audit.view` (R59)."""
    _demand(request)
    now = timezone.now()
    search = searching.read(dict(request.GET.lists()))
    page = searching.find(search, now=now)
    context = {
        "search": search,
        "families": [(family, family.value in search.families) for family in FAMILIES],
        "ages": searching.AGES.items(),
        "chosen": [family.label for family in FAMILIES if family.value in search.families],
        "age": searching.AGES.get(search.days, ""),
        "days": days_of(page.events, now=now),
        "count": len(page.events),
        "older": search.address(before=page.older) if page.older else "",
        "newest": search.address() if search.before else "",
        "exports": [(form, f"{reverse('audit_export', args=[form])}{search.address()}") for form in exporting.FORMS],
        "sealed": _sealed(),
        "sees_delivery": request.user.has_perm("settings.view"),
    }
    return render(request, "audit/event_list.html", context)


@require_GET
@never_cache
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """What the page's address shows, all of it, as a file."""
    _demand(request)
    if form not in exporting.FORMS:
        raise Http404
    now, search = timezone.now(), searching.read(dict(request.GET.lists()))
    pieces = exporting.export(search, form=form, by=request.actor, now=now)  # type: ignore[attr-defined]
    response = StreamingHttpResponse(pieces, content_type=TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="audit-{now:%Y%m%d-%H%M%S}.{form}"'
    return response


@require_safe
@never_cache
def verification(request: HttpRequest) -> HttpResponse:
    """Whether the chain holds: a part a request, each leading to the next until the end."""
    _demand(request)
    part = None
    if "after" in request.GET:
        part = verify_part(after=_place(request.GET["after"]), most=MOST_A_PAGE)
    following = "" if part is None or part.done else f"?{urlencode({'after': _places.sign(str(part.held))})}"
    response = render(request, "audit/verification.html", {"part": part, "following": following, "sealed": _sealed()})
    if following:
        response["Refresh"] = f"0;url={reverse('audit_verification')}{following}"
    return response


def _place(signed: str) -> int:
    """Where to go on. Signed, so that no link begins behind what somebody changed; any other begins anew."""
    try:
        return int(_places.unsign(signed))
    except signing.BadSignature:
        return 0


def _demand(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied(PERMISSION)


def _sealed() -> int:
    return ChainHead.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0
