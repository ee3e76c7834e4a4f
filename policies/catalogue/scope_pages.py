"""Scopes (R32): the list, the page of one with its clients (R35), and registering, changing and deleting one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.authorization import demand, may
from accounts.permissions import Permission
from clients import access
from clients.views.fetching import actor_of, viewer_of
from policies import catalogue_changes
from policies.catalogue import allowing, reach, removing
from policies.catalogue.filters import ScopeFilter
from policies.catalogue.forms import ScopeForm, of_scope
from policies.catalogue.tables import ScopeTable
from policies.catalogue_changes import CatalogueRefused
from policies.models import Api, Scope
from policies.scopes import REGISTERED_CLIENT


@require_safe
def scope_list(request: HttpRequest) -> HttpResponse:
    """The whole catalogue, each scope with the number of clients that may be granted it."""
    viewer = viewer_of(request)
    demand(viewer, Permission.CATALOGUE_VIEW)
    filters = ScopeFilter(request.GET, queryset=Scope.objects.all(), request=request)
    table = ScopeTable(filters.qs)
    table.show(sort=request.GET.getlist("sort"), page=request.GET.get("page", ""))
    table.count_for(viewer)
    context = {"table": table, "filters": filters, "may_edit": may(viewer, Permission.CATALOGUE_EDIT)}
    return render(request, "policies/catalogue/scope_list.html", context)


@require_safe
def scope(request: HttpRequest, number: int) -> HttpResponse:
    """What it allows, and which clients may be granted it, by which element."""
    return _show(request, _fetch(request, number, Permission.CATALOGUE_VIEW))


@require_POST
def scope_allow(request: HttpRequest, number: int) -> HttpResponse:
    """R35, from the scope's side: one client more may be granted it."""
    found = _fetch(request, number, Permission.CATALOGUE_VIEW)
    typed = request.POST.get("client", "").strip()
    try:
        client = allowing.client_to_change(typed, viewer_of(request))
        allowing.allow(client, [found.name], viewer=viewer_of(request), by=actor_of(request), now=timezone.now())
    except allowing.NotAllowed as refusal:
        return _show(request, found, typed=typed, fault=str(refusal))
    messages.success(request, f"{client.name} may be granted {found.name} from its next request on.")
    return redirect("scope", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def scope_new(request: HttpRequest) -> HttpResponse:
    """A name that is taken is refused, never changed by surprise; `?api=1` begins with that API."""
    demand(viewer_of(request), Permission.CATALOGUE_EDIT)
    api = request.GET.get("api", "")
    chosen = Api.objects.filter(pk=int(api)).first() if api.isascii() and api.isdigit() and len(api) < 19 else None
    form = ScopeForm(request.POST or None, initial={"api": chosen.name if chosen else ""})
    if request.method != "POST" or not form.is_valid():
        return _ask(request, form)
    if Scope.objects.filter(name=form.said_name.replace("\x00", "")).exists():
        form.add_faults([("name", "A scope of this name exists.")])
        return _ask(request, form)
    return _save(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def scope_edit(request: HttpRequest, number: int) -> HttpResponse:
    """Everything but its name. Taking its mark "sensitive" away gives it to many, so it takes holding it (R36)."""
    found = _fetch(request, number, Permission.CATALOGUE_EDIT)
    form = ScopeForm(request.POST or None, existing=found.name, initial=of_scope(found))
    if request.method != "POST" or not form.is_valid():
        return _ask(request, form, found)
    if found.is_sensitive and not form.values["sensitive"] and removing.lacks(viewer_of(request), found):
        form.add_faults([("sensitive", removing.NOT_TO_OPEN)])
        return _ask(request, form, found)
    return _save(request, form, found)


@require_http_methods(["GET", "HEAD", "POST"])
def scope_delete(request: HttpRequest, number: int) -> HttpResponse:
    """Names the clients that lose it, and offers to revoke its tokens before (R35)."""
    found = _fetch(request, number, Permission.CATALOGUE_EDIT)
    viewer, refused = viewer_of(request), removing.scope_stays(found)
    if not refused and found.is_sensitive and removing.lacks(viewer_of(request), found):
        refused = removing.NOT_TO_DELETE
    if request.method == "POST" and not refused:
        removing.delete_scope(found, by=actor_of(request), now=timezone.now())
        messages.success(request, f"Scope {found.name} is deleted. Nobody can ask for it any more.")
        return redirect("scope_list")
    context = {
        "scope": found,
        "refused": refused,
        "holders": reach.holders([found.name], viewer, number="1"),
        "may_revoke": may(viewer, Permission.TOKENS_REVOKE),
    }
    status = 409 if refused and request.method == "POST" else 200
    return render(request, "policies/catalogue/scope_delete.html", context, status=status)


def _fetch(request: HttpRequest, number: int, permission: Permission) -> Scope:
    demand(viewer_of(request), permission)
    found = Scope.objects.select_related("api").filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise Http404
    return found


def _save(request: HttpRequest, form: ScopeForm, found: Scope | None = None) -> HttpResponse:
    name = form.said_name
    try:
        catalogue_changes.save_scope(name, form.values, by=actor_of(request), now=timezone.now())
    except CatalogueRefused as refusal:
        form.add_faults(refusal.faults)
        return _ask(request, form, found)
    except IntegrityError:
        form.add_faults([("name", "A scope of this name exists.")])
        return _ask(request, form, found)
    messages.success(request, f"Scope {name} is {'changed' if found else 'registered'}.")
    return redirect("scope", Scope.objects.values_list("pk", flat=True).get(name=name))


def _ask(request: HttpRequest, form: ScopeForm, found: Scope | None = None) -> HttpResponse:
    return render(request, "policies/catalogue/scope_form.html", {"form": form, "scope": found})


def _show(request: HttpRequest, found: Scope, *, typed: str = "", fault: str = "") -> HttpResponse:
    viewer = viewer_of(request)
    everybody = found.name == REGISTERED_CLIENT
    context: dict[str, Any] = {
        "scope": found,
        "everybody": everybody,
        "holders": None if everybody else reach.holders([found.name], viewer, number=request.GET.get("page", "1")),
        "may_edit": may(viewer, Permission.CATALOGUE_EDIT),
        "may_allow": not everybody and access.may_on_some(viewer, Permission.CLIENTS_EDIT),
        "sees_clients": access.sees_some(viewer),
        "sees_tokens": may(viewer, Permission.TOKENS_VIEW),
        "typed": typed,
        "fault": fault,
    }
    return render(request, "policies/catalogue/scope.html", context)
