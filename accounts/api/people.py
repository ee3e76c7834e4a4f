"""People and service accounts. Deleting a person, who may own clients, is the registry's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts import passwords, people
from accounts.authorization import holding_of
from accounts.filters import PeopleFilter
from accounts.models import User
from accounts.people import UserFacts
from accounts.permissions import Permission
from accounts.rest.filtering import query_of, viewed_by
from accounts.rest.operations import Answer, Body, Call, Operation, Parameter
from accounts.rest.paging import PAGED, page
from accounts.rest.refusals import Fault, invalid, not_found
from accounts.rest.showing import moment


def shown(user: User) -> dict[str, Any]:
    facts = people.facts_of(user)
    values = {key: getattr(facts, name) for name, key in people.DOCUMENT_KEYS.items()}
    return {
        "id": user.pk,
        "username": user.username,
        "sub": str(user.sub),
        "kind": str(user.kind),
        "created": moment(user.created),
        "lastSignIn": moment(user.last_login),
        **{key: list(value) if isinstance(value, tuple) else value for key, value in values.items()},
    }


def list_users(call: Call) -> Body:
    query = query_of(call.query, ("q", "kind", "status"))
    rows = User.objects.filter(deleted_at=None).prefetch_related("groups")
    found = PeopleFilter(query, queryset=rows, request=viewed_by(call)).qs
    return page(call, found, shown, name=f"users {query.urlencode()}")


def show(call: Call) -> Body:
    return shown(_fetch(call))


def create(call: Call) -> Answer:
    username = call.data["username"]
    user = people.create(
        username=username,
        facts=_facts(UserFacts(), call.data),
        password_hash=_password(call.data, User(username=username)),
        by=call.by,
        giver=holding_of(call.user),
        now=call.now,
    )
    return Answer(body=shown(user), location=f"/api/v1/users/{user.pk}")


def change(call: Call) -> Body:
    user = _fetch(call)
    call.match(shown(user))
    people.change(
        user=user,
        facts=_facts(people.facts_of(user), call.data),
        password_hash=_password(call.data, user),
        by=call.by,
        giver=holding_of(call.user),
        now=call.now,
    )
    return show(call)


def _fetch(call: Call) -> User:
    user: User | None = User.objects.filter(pk=call.place["number"], deleted_at=None).first()
    if user is None:
        raise not_found()
    return user


def _facts(base: UserFacts, said: dict[str, Any]) -> UserFacts:
    given = {name: said[key] for name, key in people.DOCUMENT_KEYS.items() if key in said}
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return replace(base, **plain)


def _password(said: dict[str, Any], person: User) -> str | None:
    """By the rule of the forms; documents, which the operator writes, are only warned."""
    if "password" not in said:
        return None
    if found := passwords.faults(said["password"], person):
        raise invalid(Fault(path="password", message=message) for message in found)
    return make_password(said["password"])


_READ: dict[str, Any] = {"tag": "People", "permission": Permission.PEOPLE_VIEW}
_EDIT: dict[str, Any] = {"tag": "People", "permission": Permission.PEOPLE_EDIT}
_ALL, _ONE = "users", "users/{number}"
_FILTERS = (
    Parameter(name="q", about="Words of user name, names or e-mail; a whole `sub`."),
    Parameter(name="kind", about="Any of these.", schema={"enum": ["person", "service"]}, several=True),
    Parameter(name="status", about="Any of these.", schema={"enum": ["active", "inactive"]}, several=True),
)
OPERATIONS = (
    Operation(
        name="listUsers",
        method="GET",
        path=_ALL,
        about="People and service accounts.",
        answer=list_users,
        gives="UserPage",
        query=(*_FILTERS, *PAGED),
        **_READ,
    ),
    Operation(
        name="createUser",
        method="POST",
        path=_ALL,
        about="A new person. Without a password, an administrator gives them a link.",
        fresh=True,
        answer=create,
        takes="NewUser",
        gives="User",
        status=201,
        once=True,
        **_EDIT,
    ),
    Operation(name="getUser", method="GET", path=_ONE, about="One of them.", answer=show, gives="User", **_READ),
    Operation(
        name="changeUser",
        method="PATCH",
        path=_ONE,
        about="Change some of it. A new password, and isActive false, end sessions and tokens at once.",
        fresh=True,
        answer=change,
        takes="UserChange",
        gives="User",
        guarded=True,
        **_EDIT,
    ),
)
