"""Namespaces (R8). Their names stay: documents know them by that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts.permissions import Permission
from accounts.rest.operations import Answer, Body, Call, Operation
from accounts.rest.paging import PAGED, page
from accounts.rest.refusals import Fault, invalid, not_found
from clients import namespaces
from clients.models import Namespace
from clients.namespaces import NamespaceFacts


def shown(row: Namespace) -> dict[str, Any]:
    facts = namespaces.facts_of(row)
    return {
        "id": row.pk,
        "name": row.name,
        "description": facts.description,
        "administrators": list(facts.administrators),
    }


def list_namespaces(call: Call) -> Body:
    return page(call, Namespace.objects.all(), shown, name="namespaces")


def show(call: Call) -> Body:
    return shown(_fetch(call))


def create(call: Call) -> Answer:
    name = call.data["name"]
    if Namespace.objects.filter(name=name).exists():
        raise invalid([Fault(path="name", message="A namespace of this name exists.", code="taken")])
    namespaces.save(name=name, facts=_facts(NamespaceFacts(), call.data), by=call.by, now=call.now)
    row = Namespace.objects.get(name=name)
    return Answer(body=shown(row), location=f"/api/v1/namespaces/{row.pk}")


def change(call: Call) -> Body:
    row = _fetch(call)
    call.match(shown(row))
    facts = _facts(namespaces.facts_of(row), call.data)
    namespaces.save(name=row.name, facts=facts, by=call.by, now=call.now)
    return show(call)


def delete(call: Call) -> None:
    row = _fetch(call)
    call.match(shown(row))
    namespaces.delete(namespace=row, by=call.by, now=call.now)


def _fetch(call: Call) -> Namespace:
    row = Namespace.objects.filter(pk=call.place["number"]).first()
    if row is None:
        raise not_found()
    return row


def _facts(base: NamespaceFacts, said: dict[str, Any]) -> NamespaceFacts:
    given = {key: value for key, value in said.items() if key != "name"}
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return replace(base, **plain)


_READ: dict[str, Any] = {"tag": "Namespaces", "permission": Permission.CLIENTS_VIEW}
_EDIT: dict[str, Any] = {"tag": "Namespaces", "permission": Permission.NAMESPACES_EDIT}
_ALL, _ONE = "namespaces", "namespaces/{number}"
OPERATIONS = (
    Operation(
        name="listNamespaces",
        method="GET",
        path=_ALL,
        about="Every namespace.",
        answer=list_namespaces,
        gives="NamespacePage",
        query=PAGED,
        **_READ,
    ),
    Operation(
        name="createNamespace",
        method="POST",
        path=_ALL,
        about="A new namespace.",
        answer=create,
        takes="NewNamespace",
        gives="Namespace",
        status=201,
        once=True,
        **_EDIT,
    ),
    Operation(
        name="getNamespace",
        method="GET",
        path=_ONE,
        about="One namespace.",
        answer=show,
        gives="Namespace",
        **_READ,
    ),
    Operation(
        name="changeNamespace",
        method="PATCH",
        path=_ONE,
        about="What it is for, and who administers it.",
        answer=change,
        takes="NamespaceChange",
        gives="Namespace",
        guarded=True,
        **_EDIT,
    ),
    Operation(
        name="deleteNamespace",
        method="DELETE",
        path=_ONE,
        about="Delete it, where no client lists it.",
        answer=delete,
        status=204,
        guarded=True,
        **_EDIT,
    ),
)
