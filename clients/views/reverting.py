"""Taking a change back: a page that shows what it would do now, and the press that does it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from clients import access
from clients.changes import reverting
from clients.changes.change_words import Change, change_of
from clients.changes.history import entry_of
from clients.changes.reverting import Plan, Step, Way
from clients.models import Client
from clients.secrets import shown_once
from clients.views.fetching import actor_of, changing, seen_revision, show_once, viewer_of
from clients.writing import ChangedMeanwhile, Refused

CHANGED = "Somebody changed this client meanwhile. Nothing was reverted. This is what reverting would do now."


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A step with its words. `ways`: what can be chosen, each with what the field becomes and whether it is chosen."""

    step: Step
    now: Change
    ways: tuple[tuple[Way, Change, bool], ...]


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_EDIT)
def revert(request: HttpRequest, client: Client, event: int) -> HttpResponse:
    """R10, R11: a change like any other, checked like any edit."""
    found = reverting.revertible_event(client, event)
    if found is None:
        raise Http404
    plan = reverting.plan(client, found, may_choose_owner=access.may_choose_owner(viewer_of(request), new=False))
    if request.method != "POST":
        return _ask(request, client, plan)
    if seen_revision(request) not in (None, client.revision):
        return _ask_again(request, client, plan)
    try:
        done = reverting.revert(
            client=client,
            plan=plan,
            choices={step.key: request.POST.get(f"keep-{step.key}", "") for step in plan.steps},
            by=actor_of(request),
            giver=viewer_of(request),
            now=timezone.now(),
            revision=seen_revision(request),
        )
    except Refused as refusal:
        return _ask(request, client, plan, faults=[fault.message for fault in refusal.faults])
    except ChangedMeanwhile:
        return _ask_again(request, client, plan)
    if done.secret is not None:
        return show_once(request, client, shown_once.Look(occasion="confidential", secret=done.secret))
    messages.success(request, "The change is reverted." if done.changes else "Nothing was different.")
    return redirect("client_activity", client.pk)


def _ask_again(request: HttpRequest, client: Client, plan: Plan) -> HttpResponse:
    fresh = Client.objects.select_related("owner").get(pk=client.pk)
    may = access.may_choose_owner(viewer_of(request), new=False)
    return _ask(request, fresh, reverting.plan(fresh, plan.event, may_choose_owner=may), faults=[CHANGED], status=409)


def _ask(
    request: HttpRequest, client: Client, plan: Plan, *, faults: Iterable[str] = (), status: int = 200
) -> HttpResponse:
    context = {
        "client": client,
        "entry": entry_of(plan.event),
        "steps": [_shown(step, request.POST.get(f"keep-{step.key}", "")) for step in plan.steps],
        "possible": plan.possible,
        "faults": list(faults),
    }
    return render(request, "clients/revert.html", context, status=status)


def _shown(step: Step, asked: str) -> Shown:
    chosen = step.chosen(asked)
    ways = tuple((way, change_of(step.key, step.now, step.value(way)), way == chosen) for way in step.ways)
    return Shown(step=step, now=change_of(step.key, step.made, step.now), ways=ways)
