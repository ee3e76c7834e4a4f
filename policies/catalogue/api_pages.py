"""APIs, the resource servers (R32, R56): the list, the page of one, and registering, changing and deleting one."""

from __future__ import annotations

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authorization import demand, may
from accounts.permissions import Permission
from clients import access
from clients.views.fetching import actor_of, viewer_of
from policies import catalogue_changes
from policies.catalogue import reach, removing
from policies.catalogue.forms import ApiForm, of_api
from policies.catalogue.introspectors import introspectors_of
from policies.catalogue.tables import ApiTable, api_rows
from policies.catalogue_changes import CatalogueRefused
from policies.models import Api


@require_safe
def api_list(request: HttpRequest) -> HttpResponse:
    """Each with its audience, its scopes and who may introspect."""
    viewer = viewer_of(request)
    demand(viewer, Permission.CATALOGUE_VIEW)
    table = ApiTable(api_rows())
    table.show(sort=request.GET.getlist("sort"), page=request.GET.get("page", ""))
    context = {"table": table, "may_edit": may(viewer, Permission.CATALOGUE_EDIT)}
    return render(request, "policies/catalogue/api_list.html", context)


@require_safe
def api(request: HttpRequest, number: int) -> HttpResponse:
    """Its scopes, the clients that may be granted any of them, and who may introspect its tokens."""
    found, viewer = _fetch(request, number, Permission.CATALOGUE_VIEW), viewer_of(request)
    scopes = list(found.scopes.order_by("name"))
    names = [scope.name for scope in scopes]
    counts = reach.counts(names, viewer)
    context = {
        "api": found,
        "scopes": [(scope, counts[scope.name]) for scope in scopes],
        "callers": reach.holders(names, viewer, number=request.GET.get("page", "1")),
        "introspectors": introspectors_of(found, viewer),
        "may_edit": may(viewer, Permission.CATALOGUE_EDIT),
        "sees_clients": access.sees_some(viewer),
    }
    return render(request, "policies/catalogue/api.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def api_new(request: HttpRequest) -> HttpResponse:
    """A name that is taken is refused, never changed by surprise."""
    demand(viewer_of(request), Permission.CATALOGUE_EDIT)
    form = ApiForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, form)
    if Api.objects.filter(name=form.said_name.replace("\x00", "")).exists():
        form.add_faults([("name", "An API of this name exists.")])
        return _ask(request, form)
    return _save(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def api_edit(request: HttpRequest, number: int) -> HttpResponse:
    """Everything but its name."""
    found = _fetch(request, number, Permission.CATALOGUE_EDIT)
    form = ApiForm(request.POST or None, existing=found.name, initial=of_api(found))
    if request.method != "POST" or not form.is_valid():
        return _ask(request, form, found)
    return _save(request, form, found)


@require_http_methods(["GET", "HEAD", "POST"])
def api_delete(request: HttpRequest, number: int) -> HttpResponse:
    """Only where no scope belongs to it."""
    found = _fetch(request, number, Permission.CATALOGUE_EDIT)
    refused = removing.api_stays(found)
    if request.method == "POST":
        try:
            removing.delete_api(found, by=actor_of(request), now=timezone.now())
        except CatalogueRefused as refusal:
            refused = refusal.faults[0][1]
        else:
            messages.success(request, f"API {found.name} is deleted.")
            return redirect("api_list")
    context = {"api": found, "refused": refused, "introspectors": introspectors_of(found, viewer_of(request))}
    status = 409 if refused and request.method == "POST" else 200
    return render(request, "policies/catalogue/api_delete.html", context, status=status)


def _fetch(request: HttpRequest, number: int, permission: Permission) -> Api:
    demand(viewer_of(request), permission)
    found = Api.objects.filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise Http404
    return found


def _save(request: HttpRequest, form: ApiForm, found: Api | None = None) -> HttpResponse:
    name = form.said_name
    try:
        catalogue_changes.save_api(name, form.values, by=actor_of(request), now=timezone.now())
    except CatalogueRefused as refusal:
        form.add_faults(refusal.faults)
        return _ask(request, form, found)
    except IntegrityError:
        form.add_faults([("name", "An API of this name, or with this audience, was registered meanwhile.")])
        return _ask(request, form, found)
    messages.success(request, f"API {name} is {'changed' if found else 'registered'}.")
    return redirect("api", Api.objects.values_list("pk", flat=True).get(name=name))


def _ask(request: HttpRequest, form: ApiForm, found: Api | None = None) -> HttpResponse:
    return render(request, "policies/catalogue/api_form.html", {"form": form, "api": found})
