"""APIs: an audience each, and who may introspect tokens that are meant for it (R56)."""

from __future__ import annotations

from typing import Any

from accounts.permissions import Permission
from accounts.rest.operations import Answer, Body, Call, Operation
from accounts.rest.paging import PAGED, page
from accounts.rest.refusals import Fault, invalid, not_found
from policies import catalogue_changes
from policies.catalogue import removing
from policies.models import Api


def shown(row: Api) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, **catalogue_changes.values_of_api(row)}


def list_apis(call: Call) -> Body:
    return page(call, Api.objects.all(), shown, name="apis")


def show(call: Call) -> Body:
    return shown(_fetch(call))


def create(call: Call) -> Answer:
    name = call.data["name"]
    if Api.objects.filter(name=name).exists():
        raise invalid([Fault(path="name", message="An API of this name exists.", code="taken")])
    catalogue_changes.save_api(name, _values(call), by=call.by, now=call.now)
    row = Api.objects.get(name=name)
    return Answer(body=shown(row), location=f"/api/v1/apis/{row.pk}")


def change(call: Call) -> Body:
    row = _fetch(call)
    call.match(shown(row))
    catalogue_changes.save_api(row.name, _values(call), by=call.by, now=call.now)
    return show(call)


def delete(call: Call) -> None:
    row = _fetch(call)
    call.match(shown(row))
    removing.delete_api(row, by=call.by, now=call.now)


def _fetch(call: Call) -> Api:
    row = Api.objects.filter(pk=call.place["number"]).first()
    if row is None:
        raise not_found()
    return row


def _values(call: Call) -> dict[str, Any]:
    return {key: value for key, value in call.data.items() if key != "name"}


_READ: dict[str, Any] = {"tag": "APIs", "permission": Permission.CATALOGUE_VIEW}
_EDIT: dict[str, Any] = {"tag": "APIs", "permission": Permission.CATALOGUE_EDIT}
_ALL, _ONE = "apis", "apis/{number}"
OPERATIONS = (
    Operation(
        name="listApis",
        method="GET",
        path=_ALL,
        about="Every API.",
        answer=list_apis,
        gives="ApiPage",
        query=PAGED,
        **_READ,
    ),
    Operation(
        name="createApi",
        method="POST",
        path=_ALL,
        about="Register an API by its audience.",
        answer=create,
        takes="NewApi",
        gives="Api",
        status=201,
        once=True,
        **_EDIT,
    ),
    Operation(name="getApi", method="GET", path=_ONE, about="One API.", answer=show, gives="Api", **_READ),
    Operation(
        name="changeApi",
        method="PATCH",
        path=_ONE,
        about="Everything but its name.",
        answer=change,
        takes="ApiChange",
        gives="Api",
        guarded=True,
        **_EDIT,
    ),
    Operation(
        name="deleteApi",
        method="DELETE",
        path=_ONE,
        about="Delete it, where no scope belongs to it.",
        answer=delete,
        status=204,
        guarded=True,
        **_EDIT,
    ),
)
