"""What every page of the registry needs first: the viewer, the client with authorisation, and what refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

import audit
from accounts.authorization import demand
from accounts.models import User
from accounts.permissions import Permission
from clients import access
from clients.life.protection import Unchangeable, demand_changeable
from clients.models import Client
from clients.secrets import shown_once

View = Callable[..., HttpResponse]
REVISION = "revision"


def viewer_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def actor_of(request: HttpRequest) -> audit.Actor:
    """Who acts, for every event of this request."""
    return cast(audit.Actor, request.actor)  # type: ignore[attr-defined]


def fetch(request: HttpRequest, number: int, permission: Permission = Permission.CLIENTS_VIEW) -> Client:
    """The client, for a viewer who may do `permission` to it. Raises PermissionMissing and Http404."""
    viewer = viewer_of(request)
    access.demand_some(viewer)
    visible = access.visible_to(viewer).select_related("owner", "service_account")
    client = visible.filter(pk=number).first()
    if client is None:
        raise Http404
    demand(viewer, permission, client)
    return client


def seen_revision(request: HttpRequest, name: str = REVISION) -> int | None:
    """The revision that the form was made from. None where none was sent: then only a race counts."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def only_fills_in(request: HttpRequest) -> bool:
    """A form is shown anew from what was typed and chosen, and nothing is judged or saved."""
    return bool(request.htmx) or "fill" in request.POST  # type: ignore[attr-defined]


def changing(permission: Permission) -> Callable[[View], View]:
    """A page that changes a client: fetched under `permission`, refused with its reason where it cannot be changed.

    The view gets the client in place of its number.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, number: int, **kwargs: Any) -> HttpResponse:
            client = fetch(request, number, permission)
            try:
                demand_changeable(client)
                return view(request, client, **kwargs)
            except Unchangeable as refusal:
                return refuse(request, client, refusal)

        return guarded

    return decorate


def refuse(request: HttpRequest, client: Client, refusal: Unchangeable) -> HttpResponse:
    """The page that says why a client cannot be changed."""
    return render(request, "clients/unchangeable.html", {"client": client, "reason": str(refusal)}, status=403)


def show_once(request: HttpRequest, client: Client, look: shown_once.Look) -> HttpResponse:
    """On to the one page that shows the secret (R14)."""
    shown_once.put(request.session, look, client_pk=client.pk, user_pk=viewer_of(request).pk)
    return redirect(reverse("client_credentials_once", args=[client.pk]))
