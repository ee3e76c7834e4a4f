"""The audit page: every event, newest first."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import searching
from audit.kinds import FAMILIES
from audit.models import ChainHead
from audit.presenting import days_of

PERMISSION = "audit.view"  # this lowest room knows permissions by name only


@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """Search, facets and pages by address. Needs `audit.view` (R59)."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied(PERMISSION)
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
        "sealed": ChainHead.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0,
    }
    return render(request, "audit/event_list.html", context)
