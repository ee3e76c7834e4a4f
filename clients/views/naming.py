"""Namespaces (R8): the list, and making, changing and deleting one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authorization import demand, may
from accounts.permissions import Permission
from clients import namespaces
from clients.forms.namespace_form import NamespaceForm, initial_of
from clients.models import Client, Namespace
from clients.namespaces import NamespaceRefused
from clients.views.fetching import actor_of, viewer_of


@require_safe
def namespace_list(request: HttpRequest) -> HttpResponse:
    """Each with the number of clients that may reach it."""
    viewer = viewer_of(request)
    may_edit = may(viewer, Permission.NAMESPACES_EDIT)
    if not may_edit:
        demand(viewer, Permission.CLIENTS_VIEW)
    living = Count("clients", filter=Q(clients__deleted_at=None))
    rows = Namespace.objects.annotate(listed_by=living).prefetch_related("administrators").order_by("name")
    return render(request, "clients/namespaces/list.html", {"namespaces": rows, "may_edit": may_edit})


@require_http_methods(["GET", "HEAD", "POST"])
def namespace_new(request: HttpRequest) -> HttpResponse:
    """A new one; a name that is taken is refused, never changed by surprise."""
    demand(viewer_of(request), Permission.NAMESPACES_EDIT)
    form = NamespaceForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _show(request, form)
    if Namespace.objects.filter(name=form.said_name).exists():
        form.add_faults([("name", "A namespace of this name exists.")])
        return _show(request, form)
    return _save(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def namespace_edit(request: HttpRequest, number: int) -> HttpResponse:
    """What it is for, and who administers it. The name stays: documents know it by that."""
    namespace = _fetch(request, number)
    facts = namespaces.facts_of(namespace)
    form = NamespaceForm(request.POST or None, existing=namespace.name, initial=initial_of(facts))
    if request.method != "POST" or not form.is_valid():
        return _show(request, form, namespace)
    return _save(request, form, namespace)


@require_http_methods(["GET", "HEAD", "POST"])
def namespace_delete(request: HttpRequest, number: int) -> HttpResponse:
    """Only where no client lists it."""
    namespace = _fetch(request, number)
    refused = ""
    if request.method == "POST":
        refused = _refusal(lambda: namespaces.delete(namespace=namespace, by=actor_of(request), now=timezone.now()))
        if not refused:
            messages.success(request, f"Namespace {namespace.name} is deleted.")
            return redirect("namespace_list")
    context = {
        "namespace": namespace,
        "refused": refused,
        "listed_by": Client.objects.filter(namespaces=namespace).count(),
    }
    return render(request, "clients/namespaces/delete.html", context, status=409 if refused else 200)


def _fetch(request: HttpRequest, number: int) -> Namespace:
    demand(viewer_of(request), Permission.NAMESPACES_EDIT)
    namespace = Namespace.objects.filter(pk=number).first() if number < 2**63 else None
    if namespace is None:
        raise Http404
    return namespace


def _save(request: HttpRequest, form: NamespaceForm, namespace: Namespace | None = None) -> HttpResponse:
    try:
        namespaces.save(name=form.said_name, facts=form.facts, by=actor_of(request), now=timezone.now())
    except NamespaceRefused as refusal:
        form.add_faults(refusal.faults)
        return _show(request, form, namespace)
    messages.success(request, f"Namespace {form.said_name} is {'changed' if namespace else 'made'}.")
    return redirect("namespace_list")


def _show(request: HttpRequest, form: NamespaceForm, namespace: Namespace | None = None) -> HttpResponse:
    return render(request, "clients/namespaces/form.html", {"form": form, "namespace": namespace})


def _refusal(change: Callable[[], None]) -> str:
    """The sentence of a refusal, or nothing where the change was made."""
    try:
        change()
    except NamespaceRefused as refusal:
        return refusal.faults[0][1]
    return ""
