"""What the pages of people need first: the viewer, the person or group with authorisation, and what refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

import audit
from accounts.authorization import demand, holding_of
from accounts.faults import OutOfReach
from accounts.models import Group, User
from accounts.permissions import Permission
from accounts.reach import demand_user_in_reach

View = Callable[..., HttpResponse]
REVISION = "revision"


def viewer_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def actor_of(request: HttpRequest) -> audit.Actor:
    """Who acts, for every event of this request."""
    return cast(audit.Actor, request.actor)  # type: ignore[attr-defined]


def seen_revision(request: HttpRequest) -> int | None:
    """The revision that the form was made from. None where none was sent: then only a race counts."""
    text = request.POST.get(REVISION, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def fetch(request: HttpRequest, number: int, *permissions: Permission) -> User:
    """The person or service account, for a viewer who sees people and holds `permissions`; deleted ones too.

    Raises PermissionMissing and Http404.
    """
    viewer = viewer_of(request)
    for permission in (Permission.PEOPLE_VIEW, *permissions):
        demand(viewer, permission)
    return get_object_or_404(User, pk=number)


def fetch_group(request: HttpRequest, number: int, *permissions: Permission) -> Group:
    """As `fetch`, a group."""
    viewer = viewer_of(request)
    for permission in (Permission.PEOPLE_VIEW, *permissions):
        demand(viewer, permission)
    return get_object_or_404(Group, pk=number)


def changing(*permissions: Permission, service_accounts: bool = False) -> Callable[[View], View]:
    """A page that changes a person whom the viewer reaches (R36); the view gets the person in place of the number.

    Deleted people are not there any more; a service account only where its few facts can be changed (R17).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, number: int, **kwargs: Any) -> HttpResponse:
            person = fetch(request, number, *permissions)
            service = person.kind == User.Kind.SERVICE
            if person.deleted_at is not None or (service and not service_accounts):
                raise Http404
            try:
                demand_user_in_reach(holding_of(viewer_of(request)), person)
                return view(request, person, **kwargs)
            except OutOfReach as refusal:
                return out_of_reach(request, refusal, person=person)

        return guarded

    return decorate


def out_of_reach(
    request: HttpRequest, refusal: OutOfReach, *, person: User | None = None, group: Group | None = None
) -> HttpResponse:
    """The page that says why the viewer may not change them (R36)."""
    context = {"person": person, "group": group, "reason": str(refusal)}
    return render(request, "people/out_of_reach.html", context, status=403)
