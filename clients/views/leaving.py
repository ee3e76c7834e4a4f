"""A person's pages that touch what they own: handing clients over, deactivating and activating, deleting (R7).

Each names what will end. Handing over takes `clients.edit` beside the page's own permission, since it changes clients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import leaving as ends
from accounts.authorization import demand, holding_of, may
from accounts.faults import ChangedMeanwhile as PersonChanged
from accounts.faults import OutOfReach, Refused
from accounts.models import User
from accounts.permissions import Permission
from accounts.reach import OWN_END
from accounts.views.fetching import actor_of, changing, fetch, out_of_reach, seen_revision, viewer_of
from clients import access, ownership
from clients.forms.hand_over_forms import HandOverForm
from clients.life import leaving
from clients.ownership import HandOverRefused
from clients.wording import counted
from clients.writing import ChangedMeanwhile

CHANGED = (
    "Somebody else changed this account or one of its clients meanwhile. Nothing was done. Look again, then decide."
)


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over_clients(request: HttpRequest, number: int) -> HttpResponse:
    """Some of the clients or all; the person stays."""
    person = fetch(request, number, Permission.CLIENTS_EDIT)
    if person.deleted_at is not None or person.kind == User.Kind.SERVICE:
        raise Http404
    form = _form(request, person, everything=False)

    def change(**how: Any) -> int:
        return ownership.hand_over(person=person, to=form.to, by=how["by"], now=how["now"])

    return _carry_out(request, person, form, "people/hand_over.html", change)


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.PEOPLE_EDIT)
def set_person_active(request: HttpRequest, person: User) -> HttpResponse:
    """Deactivating ends tokens and sessions for good; activating lets them sign in again."""
    if person == viewer_of(request):
        return out_of_reach(request, OutOfReach(OWN_END), person=person)
    form = _form(request, person, everything=True, asked=person.is_active)

    def change(**how: Any) -> int:
        if request.POST.get("active") != "true":
            return leaving.deactivate(person=person, to=form.to, **how)
        ends.set_active(user=person, active=True, **how)
        return 0

    return _carry_out(request, person, form, "people/set_active.html", change)


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.PEOPLE_DELETE)
def delete_person(request: HttpRequest, person: User) -> HttpResponse:
    """Soft and anonymous: the clients go to their new owners first, in the same step."""
    if person == viewer_of(request):
        return out_of_reach(request, OutOfReach(OWN_END), person=person)
    form = _form(request, person, everything=True)
    name = person.display_name

    def change(**how: Any) -> int:
        return leaving.delete(person=person, to=form.to, **how)

    return _carry_out(request, person, form, "people/delete.html", change, gone=name)


def _form(request: HttpRequest, person: User, *, everything: bool, asked: bool = True) -> HandOverForm:
    return HandOverForm(
        request.POST if request.method == "POST" else None,
        person=person,
        everything=everything,
        asked=asked,
        past_protection=may(viewer_of(request), Permission.CLIENTS_PROTECT),
    )


def _carry_out(
    request: HttpRequest,
    person: User,
    form: HandOverForm,
    template: str,
    change: Callable[..., int],
    *,
    gone: str = "",
) -> HttpResponse:
    """Ask, or change and tell; every refusal comes back to its field, with nothing done."""
    if not (form.is_bound and form.is_valid()):
        return _ask(request, person, form, template)
    viewer = viewer_of(request)
    if form.number and form.asked:
        demand(viewer, Permission.CLIENTS_EDIT)
    how = {"by": actor_of(request), "giver": holding_of(viewer), "now": timezone.now()}
    try:
        number = change(**how, revision=seen_revision(request))
    except HandOverRefused as refusal:
        form.add_faults(refusal.faults)
        return _ask(request, person, form, template)
    except Refused as refusal:
        form.add_error(None, " ".join(fault.message for fault in refusal.faults))
        return _ask(request, person, form, template, status=409)
    except (ChangedMeanwhile, PersonChanged):
        form.add_error(None, CHANGED)
        return _ask(request, person, form, template, status=409)
    messages.success(request, _told(person, number, gone=gone))
    return redirect("people_list") if gone else redirect("people_person", person.pk)


def _told(person: User, number: int, *, gone: str) -> str:
    said = [f"{gone} is deleted."] if gone else []
    if not gone and (number == 0 or not person.is_active):
        said.append(f"{person.display_name} {'may sign in' if person.is_active else 'is inactive'}.")
    if number:
        said.append(f"{counted(number, 'client')} handed over.")
    return " ".join(said)


def _ask(request: HttpRequest, person: User, form: HandOverForm, template: str, *, status: int = 200) -> HttpResponse:
    if status == 409:
        person = User.objects.get(pk=person.pk)
    context = {
        "person": person,
        "form": form,
        "ends": ends.what_ends(person),
        "may_hand_over": may(viewer_of(request), Permission.CLIENTS_EDIT),
        "sees_clients": access.sees_all(viewer_of(request)),
    }
    return render(request, template, context, status=status)
