"""Scopes (R32). Their names stay: tokens and allowed scopes hold them."""

from __future__ import annotations

from typing import Any

from accounts.permissions import Permission
from accounts.rest.filtering import query_of, viewed_by
from accounts.rest.operations import Answer, Body, Call, Operation, Parameter
from accounts.rest.paging import PAGED, page
from accounts.rest.refusals import Fault, invalid, not_found
from policies import catalogue_changes
from policies.catalogue import removing
from policies.catalogue.filters import ScopeFilter
from policies.models import Scope


def shown(row: Scope) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, "shipped": row.shipped, **catalogue_changes.values_of_scope(row)}


def list_scopes(call: Call) -> Body:
    query = query_of(call.query, ("q",))
    rows = Scope.objects.select_related("api")
    found = ScopeFilter(query, queryset=rows, request=viewed_by(call)).qs
    return page(call, found, shown, name=f"scopes {query.urlencode()}")


def show(call: Call) -> Body:
    return shown(_fetch(call))


def create(call: Call) -> Answer:
    name = call.data["name"]
    if Scope.objects.filter(name=name).exists():
        raise invalid([Fault(path="name", message="A scope of this name exists.", code="taken")])
    catalogue_changes.save_scope(name, _values(call), by=call.by, now=call.now)
    row = Scope.objects.select_related("api").get(name=name)
    return Answer(body=shown(row), location=f"/api/v1/scopes/{row.pk}")


def change(call: Call) -> Body:
    """Taking the mark "sensitive" away gives it to many, so it takes holding it (R36)."""
    row = _fetch(call)
    call.match(shown(row))
    if row.is_sensitive and not call.data.get("sensitive", True) and removing.lacks(call.user, row):
        raise invalid([Fault(path="sensitive", message=removing.NOT_TO_OPEN, code="not_held")])
    catalogue_changes.save_scope(row.name, _values(call), by=call.by, now=call.now)
    return show(call)


def delete(call: Call) -> None:
    row = _fetch(call)
    call.match(shown(row))
    if row.is_sensitive and removing.lacks(call.user, row):
        raise invalid([Fault(path="name", message=removing.NOT_TO_DELETE, code="not_held")])
    removing.delete_scope(row, by=call.by, now=call.now)


def _fetch(call: Call) -> Scope:
    row = Scope.objects.select_related("api").filter(pk=call.place["number"]).first()
    if row is None:
        raise not_found()
    return row


def _values(call: Call) -> dict[str, Any]:
    return {key: value for key, value in call.data.items() if key != "name"}


_READ: dict[str, Any] = {"tag": "Scopes", "permission": Permission.CATALOGUE_VIEW}
_EDIT: dict[str, Any] = {"tag": "Scopes", "permission": Permission.CATALOGUE_EDIT}
_ALL, _ONE = "scopes", "scopes/{number}"
OPERATIONS = (
    Operation(
        name="listScopes",
        method="GET",
        path=_ALL,
        about="The scope catalogue.",
        answer=list_scopes,
        gives="ScopePage",
        query=(Parameter(name="q", about="Words of name and description."), *PAGED),
        **_READ,
    ),
    Operation(
        name="createScope",
        method="POST",
        path=_ALL,
        about="A new scope.",
        answer=create,
        takes="NewScope",
        gives="Scope",
        status=201,
        once=True,
        **_EDIT,
    ),
    Operation(name="getScope", method="GET", path=_ONE, about="One scope.", answer=show, gives="Scope", **_READ),
    Operation(
        name="changeScope",
        method="PATCH",
        path=_ONE,
        about="Everything but its name.",
        answer=change,
        takes="ScopeChange",
        gives="Scope",
        guarded=True,
        **_EDIT,
    ),
    Operation(
        name="deleteScope",
        method="DELETE",
        path=_ONE,
        about="Delete it: nobody can ask for it any more.",
        answer=delete,
        status=204,
        guarded=True,
        **_EDIT,
    ),
)
