"""The list of clients (R50, R51), and the views of it that people keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.authorization import holds, may
from accounts.models import User
from accounts.permissions import Permission
from clients import access, tables
from clients.bulk import actions as bulk_actions
from clients.list_models import SavedView
from clients.listing import saved
from clients.listing.address import SIZES, Address, parse
from clients.listing.conditions import Asking, narrow
from clients.listing.counting import MOST_COUNTED, count
from clients.listing.facets import People, chips, facets
from clients.listing.paging import page_of
from clients.models import Namespace
from clients.views.fetching import viewer_of

MOST_SUGGESTED = 50


@require_safe
@gzip_page
def client_list(request: HttpRequest) -> HttpResponse:
    """All clients that the viewer may see, newest first. 200 rows with their menus are long, hence compressed."""
    viewer, to = viewer_of(request), Address.read(dict(request.GET.lists()))
    access.demand_some(viewer)
    asking = Asking(viewer=viewer, now=timezone.now())
    visible = access.visible_to(viewer)
    counts = count(visible, to, asking)
    page, clients = page_of(narrow(visible, to, asking), to, count=counts.matching)
    context = {
        "to": to,
        "counts": counts,
        "page": page,
        "sizes": [(size, to.sized(size).query, size == to.size) for size in SIZES if size <= max(counts.matching, 50)],
        "heads": list(tables.heads(to)),
        "rows": tables.rows(clients, viewer=viewer, now=asking.now),
        "facets": list(facets(to, counts, people=_people(viewer), namespaces=_namespaces())),
        "chips": list(chips(to)),
        "may_register": may(viewer, Permission.CLIENTS_CREATE),
        "may_import": access.may_import(viewer),
        "may_let_register": holds(viewer, Permission.CLIENTS_CREATE),
        "may_export": access.may_on_some(viewer, Permission.CLIENTS_EXPORT),
        "sees_all": access.sees_all(viewer),
        "bulk": bulk_actions.offered_to(viewer),
        "most": MOST_COUNTED,
        **_views(viewer, to),
    }
    return render(request, "clients/client_list.html", context)


def _views(viewer: User, to: Address) -> dict[str, Any]:
    kept = saved.of(viewer)
    tabs = list(saved.tabs(to, kept, sees_all=access.sees_all(viewer)))
    return {"tabs": tabs, "kept": kept, "is_kept": any(tab.current for tab in tabs)}


def _people(viewer: User) -> People:
    """Owners by name, for the facet of whoever sees clients of several."""
    if not access.sees_all(viewer):
        return People(all_owners=False)
    owners = User.objects.filter(kind=User.Kind.PERSON, deleted_at=None).order_by("username")
    return People(all_owners=True, suggested=list(owners.values_list("username", flat=True)[:MOST_SUGGESTED]))


def _namespaces() -> Sequence[str]:
    return list(Namespace.objects.order_by("name").values_list("name", flat=True)[:MOST_SUGGESTED])


@require_http_methods(["GET", "HEAD", "POST"])
def kept_views(request: HttpRequest) -> HttpResponse:
    """The viewer's own views; a POST keeps one more, or changes what one of a known name shows."""
    viewer = viewer_of(request)
    access.demand_some(viewer)
    if request.method != "POST":
        return _show_views(request)
    try:
        view = saved.keep(
            user=viewer,
            name=request.POST.get("name", ""),
            query=request.POST.get("query", ""),
            now=timezone.now(),
        )
    except saved.ViewRefused as refusal:
        return _show_views(request, fault=str(refusal), status=422)
    messages.success(request, f"The view {view.name} is kept.")
    return redirect(f"{reverse('client_list')}?{view.query}")


@require_POST
def kept_view_rename(request: HttpRequest, number: int) -> HttpResponse:
    view = _own_view(request, number)
    try:
        saved.rename(view=view, name=request.POST.get("name", ""))
    except saved.ViewRefused as refusal:
        return _show_views(request, fault=str(refusal), faulty=view.pk, status=422)
    return redirect("client_views")


@require_POST
def kept_view_delete(request: HttpRequest, number: int) -> HttpResponse:
    view = _own_view(request, number)
    view.delete()
    messages.success(request, f"The view {view.name} is deleted. The clients in it are untouched.")
    return redirect("client_views")


def _own_view(request: HttpRequest, number: int) -> SavedView:
    access.demand_some(viewer_of(request))
    view = SavedView.objects.filter(user=viewer_of(request), pk=number).first() if number < 2**63 else None
    if view is None:
        raise Http404
    return view


def _show_views(request: HttpRequest, *, fault: str = "", faulty: int = 0, status: int = 200) -> HttpResponse:
    """`faulty`: the view whose new name was refused; 0 with a fault: the one that was to be kept."""
    views = saved.of(viewer_of(request))
    posted = {"name": request.POST.get("name", ""), "query": parse(request.POST.get("query", "")).query}
    context = {
        "views": [(view, list(chips(parse(view.query)))) for view in views],
        "fault": fault,
        "faulty": faulty,
        "posted": posted,
        "most": saved.MOST,
    }
    return render(request, "clients/views.html", context, status=status)
