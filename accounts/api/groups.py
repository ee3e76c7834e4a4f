"""Groups: roles that bundle permissions and scopes (R60)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts import groups
from accounts.authorization import holding_of
from accounts.groups import GroupFacts
from accounts.models import Group
from accounts.permissions import Permission
from accounts.rest.operations import Answer, Body, Call, Operation
from accounts.rest.paging import PAGED, page
from accounts.rest.refusals import not_found


def shown(group: Group) -> dict[str, Any]:
    facts = groups.facts_of(group)
    return {
        "id": group.pk,
        "name": group.name,
        "shipped": group.shipped,
        "description": facts.description,
        "permissions": list(facts.permissions),
        "allowedScope": facts.allowed_scope,
    }


def list_groups(call: Call) -> Body:
    return page(call, Group.objects.all(), shown, name="groups")


def show(call: Call) -> Body:
    return shown(_fetch(call))


def create(call: Call) -> Answer:
    facts = _facts(GroupFacts(), call.data)
    made = groups.create(name=call.data["name"], facts=facts, by=call.by, giver=holding_of(call.user), now=call.now)
    return Answer(body=shown(made), location=f"/api/v1/groups/{made.pk}")


def change(call: Call) -> Body:
    group = _fetch(call)
    call.match(shown(group))
    groups.change(
        group=group,
        name=call.data.get("name", group.name),
        facts=_facts(groups.facts_of(group), call.data),
        by=call.by,
        giver=holding_of(call.user),
        now=call.now,
    )
    return show(call)


def delete(call: Call) -> None:
    group = _fetch(call)
    call.match(shown(group))
    groups.delete(group=group, by=call.by, giver=holding_of(call.user), now=call.now)


def _fetch(call: Call) -> Group:
    group = Group.objects.filter(pk=call.place["number"]).first()
    if group is None:
        raise not_found()
    return group


def _facts(base: GroupFacts, said: dict[str, Any]) -> GroupFacts:
    given = {name: said[key] for name, key in groups.DOCUMENT_KEYS.items() if key in said}
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return replace(base, **plain)


_READ: dict[str, Any] = {"tag": "Groups", "permission": Permission.PEOPLE_VIEW}
_EDIT: dict[str, Any] = {"tag": "Groups", "permission": Permission.PEOPLE_GROUPS}
_ALL, _ONE = "groups", "groups/{number}"
OPERATIONS = (
    Operation(
        name="listGroups",
        method="GET",
        path=_ALL,
        about="Every group, shipped roles among them.",
        answer=list_groups,
        gives="GroupPage",
        query=PAGED,
        **_READ,
    ),
    Operation(
        name="createGroup",
        method="POST",
        path=_ALL,
        about="A new group, of what the caller holds.",
        fresh=True,
        answer=create,
        takes="NewGroup",
        gives="Group",
        status=201,
        once=True,
        **_EDIT,
    ),
    Operation(name="getGroup", method="GET", path=_ONE, about="One group.", answer=show, gives="Group", **_READ),
    Operation(
        name="changeGroup",
        method="PATCH",
        path=_ONE,
        about="Change what its members hold, or its name.",
        fresh=True,
        answer=change,
        takes="GroupChange",
        gives="Group",
        guarded=True,
        **_EDIT,
    ),
    Operation(
        name="deleteGroup",
        method="DELETE",
        path=_ONE,
        about="Delete it; its members lose what it gave.",
        fresh=True,
        answer=delete,
        status=204,
        guarded=True,
        **_EDIT,
    ),
)
