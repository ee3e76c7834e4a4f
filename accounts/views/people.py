"""The list of people and service accounts, and the pages of one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import activity, leaving, owning, people
from accounts.authorization import demand, held_permissions, holding_of, may
from accounts.change_words import claims_in_words, differences_in_words
from accounts.faults import ChangedMeanwhile, Refused
from accounts.filters import PeopleFilter
from accounts.models import User
from accounts.password_forms import NewPersonForm
from accounts.permissions import SENTENCES, Permission
from accounts.person_actions import actions_for
from accounts.person_forms import EditPersonForm
from accounts.tables import PeopleTable, people_rows
from accounts.views.fetching import actor_of, changing, fetch, seen_revision, viewer_of
from accounts.views.passwords import show_link


@require_safe
def people_list(request: HttpRequest) -> HttpResponse:
    """Everybody who is not deleted, people before service accounts."""
    viewer = viewer_of(request)
    demand(viewer, Permission.PEOPLE_VIEW)
    owned = owning.owned_for(viewer)
    everybody = people_rows(User.objects.filter(deleted_at=None), owned=owned)
    filters = PeopleFilter(request.GET, queryset=everybody, request=request)
    table = PeopleTable(filters.qs, caption="People and service accounts", owned=owned)
    table.show(sort=request.GET.getlist("sort"), page=request.GET.get("page", ""))
    context = {"table": table, "filters": filters, "may_create": may(viewer, Permission.PEOPLE_EDIT)}
    return render(request, "people/list.html", context)


@require_safe
def person(request: HttpRequest, number: int) -> HttpResponse:
    """Who they are, what they hold and own, and what they did lately. Of somebody deleted, only that."""
    found, viewer = fetch(request, number), viewer_of(request)
    if found.deleted_at is not None:
        return render(request, "people/gone.html", {"person": found})
    held = held_permissions(found) if found.is_active else frozenset(found.permissions)
    context = {
        "person": found,
        "roles": found.groups.order_by("name"),
        "claims": claims_in_words(found.claims),
        "own_permissions": [(name, SENTENCES.get(name, "")) for name in found.permissions],
        "by_roles": sorted(held - set(found.permissions)),
        "holding": holding_of(found),
        "actions": actions_for(viewer, found),
        "panels": owning.panels_for(viewer, found),
        "recent": activity.recent(found) if may(viewer, Permission.AUDIT_VIEW) else None,
    }
    return render(request, "people/person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "password_again")
def new(request: HttpRequest) -> HttpResponse:
    """A new person, who gets in by a link or by a password that is set now."""
    viewer = viewer_of(request)
    demand(viewer, Permission.PEOPLE_VIEW)
    demand(viewer, Permission.PEOPLE_EDIT)
    giver = holding_of(viewer)
    form = NewPersonForm(request.POST if request.method == "POST" else None, viewer=viewer, giver=giver)
    if not (form.is_bound and form.is_valid()):
        return render(request, "people/new.html", {"form": form})
    hashed = make_password(form.cleaned_data["password"]) if form.by_password else None
    try:
        made = people.create(
            username=form.chosen_username,
            facts=form.facts,
            password_hash=hashed,
            by=actor_of(request),
            giver=giver,
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return render(request, "people/new.html", {"form": form})
    if not form.by_password:
        return show_link(request, made)
    messages.success(request, f"{made.display_name} can sign in now.")
    return redirect("people_person", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.PEOPLE_EDIT, service_accounts=True)
def edit(request: HttpRequest, person: User) -> HttpResponse:
    """Change what can be changed; what somebody else changed meanwhile is never overwritten."""
    viewer = viewer_of(request)
    ends = " ".join(["Off: no sign-in, and every session and token ends at once.", _ends(person)]).strip()
    form = EditPersonForm(
        request.POST if request.method == "POST" else None,
        viewer=viewer,
        giver=holding_of(viewer),
        user=person,
        ends=ends if person.is_active else "On: they may sign in again. What ended stays ended.",
    )
    if not (form.is_bound and form.is_valid()):
        return _show_edit(request, form, person)
    try:
        changes = people.change(
            user=person,
            facts=form.facts,
            by=actor_of(request),
            giver=form.giver,
            now=timezone.now(),
            revision=seen_revision(request),
        )
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return _show_edit(request, form, person)
    except ChangedMeanwhile:
        return _show_conflict(request, form, person)
    messages.success(request, f"{person.display_name} is changed." if changes else "Nothing was different.")
    return redirect("people_person", person.pk)


def _ends(person: User) -> str:
    ending = [str(breakage) for breakage in leaving.what_ends(person) if breakage.count]
    return f"Now: {', '.join(ending)}." if ending else ""


def _show_conflict(request: HttpRequest, form: EditPersonForm, person: User) -> HttpResponse:
    """What was typed stays; saving again, with the new revision, overwrites knowingly."""
    form.add_error(
        None,
        "Somebody else changed this account while you were editing it. Nothing of yours was saved. Compare below, "
        "then save again to keep your values, or reload to see theirs.",
    )
    return _show_edit(request, form, person, status=409)


def _show_edit(request: HttpRequest, form: EditPersonForm, person: User, *, status: int = 200) -> HttpResponse:
    current = User.objects.get(pk=person.pk)
    seen = seen_revision(request) if request.method == "POST" and status != 409 else None
    context: dict[str, Any] = {
        "form": form,
        "person": current,
        "revision": current.revision if seen is None else seen,
        "theirs": (),
    }
    if status == 409:
        differing = people.differences(form.facts.normal(), people.facts_of(current))
        context["theirs"] = differences_in_words(differing)
    return render(request, "people/edit.html", context, status=status)
