"""The pages of delivery: where the trail goes, how that fares, and what was refused there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.authorization import demand, may
from accounts.once import Shelf
from accounts.permissions import Permission
from audit.models import ChainHead, DeadLetter, DeliveryTarget
from authserver.delivery import targets
from authserver.delivery.forms import TargetForm
from authserver.delivery.targets import NotNamed
from clients.views.fetching import actor_of, viewer_of

_SHELF = Shelf(name="delivery_secrets_to_show_once", label="delivery secret shown once")
MOST_LETTERS = 200


@require_safe
def target_list(request: HttpRequest) -> HttpResponse:
    """Each with how far behind it is."""
    demand(viewer_of(request), Permission.SETTINGS_VIEW)
    head = ChainHead.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0
    rows = [(row, max(head - row.delivered, 0)) for row in DeliveryTarget.objects.order_by("pk")]
    context = {"rows": rows, "may_edit": may(viewer_of(request), Permission.SETTINGS_EDIT)}
    return render(request, "audit/delivery/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """From now on everything is sent there."""
    demand(viewer_of(request), Permission.SETTINGS_EDIT)
    form = TargetForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            named = targets.name_target(**form.cleaned_data, by=actor_of(request), now=timezone.now())
        except NotNamed as refused:
            for field, message in refused.faults.items():
                form.add_error(field, message)
        else:
            _SHELF.put(request.session, [named.secret], about=named.row.pk, user_pk=viewer_of(request).pk)
            return redirect("delivery_target", named.row.pk)
    return render(request, "audit/delivery/new.html", {"form": form}, status=400 if form.is_bound else 200)


@require_safe
@never_cache
def target(request: HttpRequest, number: int) -> HttpResponse:
    """One target, with its secret the first time, and what it refused."""
    row, content = _fetch(request, number, Permission.SETTINGS_VIEW), None
    may_edit = may(viewer_of(request), Permission.SETTINGS_EDIT)
    if request.method == "GET" and may_edit:
        content = _SHELF.take(request.session, about=row.pk, user_pk=viewer_of(request).pk)
    head = ChainHead.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0
    context = {
        "row": row,
        "secret": content[0] if content else "",
        "behind": max(head - row.delivered, 0),
        "letters": row.dead_letters.order_by("-pk")[:MOST_LETTERS],
        "may_edit": may_edit,
    }
    return render(request, "audit/delivery/target.html", context)


@require_POST
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Test, pause, go on or remove."""
    row, how = _fetch(request, number, Permission.SETTINGS_EDIT), _how(request)
    what = request.POST.get("act", "")
    if what == "test":
        fault = targets.test(row, now=how["now"])
        told = f"It was not taken: {fault}." if fault else "The test was taken."
        (messages.error if fault else messages.success)(request, told)
    elif what in ("pause", "resume"):
        targets.set_active(row, active=what == "resume", **how)
        messages.success(request, f"{row.name} {'goes on' if what == 'resume' else 'is paused'}.")
    elif what == "remove":
        targets.remove(row, **how)
        messages.success(request, f"{row.name} is removed. Nothing more is sent there.")
        return redirect("delivery_list")
    return redirect("delivery_target", row.pk)


@require_POST
def letter(request: HttpRequest, number: int) -> HttpResponse:
    """A dead letter is sent again, or dropped."""
    demand(viewer_of(request), Permission.SETTINGS_EDIT)
    found = DeadLetter.objects.select_related("target").filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise Http404
    if request.POST.get("act") == "drop":
        targets.drop(found, **_how(request))
        messages.success(request, "It is dropped. The trail here keeps its events.")
    else:
        targets.send_again(found, **_how(request))
        messages.success(request, "It is sent again in a moment.")
    return redirect("delivery_target", found.target_id)


def _fetch(request: HttpRequest, number: int, permission: Permission) -> DeliveryTarget:
    demand(viewer_of(request), permission)
    row = DeliveryTarget.objects.filter(pk=number).first() if number < 2**63 else None
    if row is None:
        raise Http404
    return row


def _how(request: HttpRequest) -> dict[str, Any]:
    return {"by": actor_of(request), "now": timezone.now()}
