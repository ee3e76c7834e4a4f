"""Groups: the list, one group with its members, and the pages that change it (R60)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import groups
from accounts.authorization import demand, holding_of, may
from accounts.change_words import differences_in_words
from accounts.faults import ChangedMeanwhile, OutOfReach, Refused
from accounts.group_forms import GroupForm
from accounts.holdings import covers, demand_reach
from accounts.models import Group, User
from accounts.permissions import SENTENCES, Permission
from accounts.tables import GroupTable, group_rows
from accounts.views.fetching import actor_of, fetch_group, out_of_reach, seen_revision, viewer_of

MEMBERS_SHOWN = 50
CHANGED = "Somebody else changed this group meanwhile. Nothing was done. Look again, then decide."


@require_safe
def group_list(request: HttpRequest) -> HttpResponse:
    """Every group, shipped roles too."""
    viewer = viewer_of(request)
    demand(viewer, Permission.PEOPLE_VIEW)
    table = GroupTable(group_rows())
    table.show(sort=request.GET.getlist("sort"), page=request.GET.get("page", ""))
    context = {"table": table, "may_create": may(viewer, Permission.PEOPLE_GROUPS)}
    return render(request, "people/groups.html", context)


@require_safe
def group_overview(request: HttpRequest, number: int) -> HttpResponse:
    """What it gives, and to whom."""
    group, viewer = fetch_group(request, number), viewer_of(request)
    members = User.objects.filter(groups=group).order_by("kind", "username")
    within = covers(holding_of(viewer), groups.facts_of(group).holding)
    changes = may(viewer, Permission.PEOPLE_GROUPS)
    context = {
        "group": group,
        "permissions": [(name, SENTENCES.get(name, "")) for name in group.permissions],
        "members": members[:MEMBERS_SHOWN],
        "member_count": members.count(),
        "may_change": changes and within,
        "out_of_reach": changes and not within,
    }
    return render(request, "people/group.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def group_new(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    demand(viewer, Permission.PEOPLE_VIEW)
    demand(viewer, Permission.PEOPLE_GROUPS)
    form = GroupForm(request.POST if request.method == "POST" else None, giver=holding_of(viewer))
    if not (form.is_bound and form.is_valid()):
        return render(request, "people/group_form.html", {"form": form})
    try:
        group = groups.create(
            name=form.chosen_name, facts=form.facts, by=actor_of(request), giver=form.giver, now=timezone.now()
        )
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return render(request, "people/group_form.html", {"form": form})
    messages.success(request, f"The group {group.name} is made. Put people into it on their own pages.")
    return redirect("group_overview", group.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def group_edit(request: HttpRequest, number: int) -> HttpResponse:
    """A change reaches every member at their next request."""
    group = fetch_group(request, number, Permission.PEOPLE_GROUPS)
    giver = holding_of(viewer_of(request))
    try:
        demand_reach(giver, groups.facts_of(group).holding, what=f"The group {group.name}")
    except OutOfReach as refusal:
        return out_of_reach(request, refusal, group=group)
    form = GroupForm(request.POST if request.method == "POST" else None, giver=giver, group=group)
    if not (form.is_bound and form.is_valid()):
        return _show_edit(request, form, group)
    try:
        changes = groups.change(
            group=group,
            name=form.chosen_name,
            facts=form.facts,
            by=actor_of(request),
            giver=giver,
            now=timezone.now(),
            revision=seen_revision(request),
        )
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return _show_edit(request, form, group)
    except ChangedMeanwhile:
        form.add_error(None, f"{CHANGED} Compare below, then save again to keep your values, or reload to see theirs.")
        return _show_edit(request, form, group, status=409)
    messages.success(request, f"The group {group.name} is changed." if changes else "Nothing was different.")
    return redirect("group_overview", group.pk)


def _show_edit(request: HttpRequest, form: GroupForm, group: Group, *, status: int = 200) -> HttpResponse:
    current = Group.objects.filter(pk=group.pk).first() or group
    seen = seen_revision(request) if request.method == "POST" and status != 409 else None
    context = {"form": form, "group": current, "revision": current.revision if seen is None else seen, "theirs": ()}
    if status == 409:
        theirs = groups.differences(form.facts.normal(), groups.facts_of(current))
        if form.chosen_name != current.name:
            theirs["name"] = [form.chosen_name, current.name]
        context["theirs"] = differences_in_words(theirs)
    return render(request, "people/group_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def group_delete(request: HttpRequest, number: int) -> HttpResponse:
    """Names who will lose what; a shipped role stays."""
    group = fetch_group(request, number, Permission.PEOPLE_GROUPS)
    giver, conflict = holding_of(viewer_of(request)), ""
    try:
        demand_reach(giver, groups.facts_of(group).holding, what=f"The group {group.name}")
        if request.method == "POST":
            groups.delete(
                group=group, by=actor_of(request), giver=giver, now=timezone.now(), revision=seen_revision(request)
            )
            messages.success(request, f"The group {group.name} is deleted.")
            return redirect("group_list")
    except OutOfReach as refusal:
        return out_of_reach(request, refusal, group=group)
    except Refused as refusal:
        conflict = refusal.faults[0].message
    except ChangedMeanwhile:
        conflict = CHANGED
    current = Group.objects.filter(pk=group.pk).first() or group
    context = {"group": current, "conflict": conflict, "member_count": User.objects.filter(groups=group).count()}
    return render(request, "people/group_delete.html", context, status=409 if conflict else 200)
