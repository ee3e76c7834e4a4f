"""R36 for people: nobody gives what they lack, by any way there is; and who cannot end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

import audit
from accounts import groups, leaving, people, reach
from accounts.authorization import holding_of
from accounts.faults import OutOfReach, Refused
from accounts.groups import GroupFacts
from accounts.holdings import Holding, covers
from accounts.models import Group, User
from tests.clients.people import client_named, person

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
DESK = ("people.view", "people.edit", "people.delete", "people.groups")


@pytest.fixture
def desk() -> User:
    """May do everything to people, and nothing to clients."""
    return person("desk", permissions=list(DESK))


def held(*permissions: str, scopes: str = "") -> Holding:
    return Holding(permissions=frozenset(permissions), scopes=frozenset(scopes.split()))


@pytest.mark.parametrize(
    ("giver", "subject", "covered"),
    [
        (held("a"), held("a"), True),
        (held("a"), held("b"), False),
        (held(), Holding(everything=True), False),
        (Holding(everything=True), Holding(everything=True), True),
        (held(scopes="orders.*"), held(scopes="orders.read"), True),
        (held(scopes="orders.*"), held(scopes="orders.*.eu*"), True),
        (held(scopes="orders.*"), held(scopes="ord*"), False),
        (held(scopes="a*c"), held(scopes="a*"), False),
        (held(scopes="*"), held(scopes="*"), True),
        (held(scopes="orders.*"), held(), False),
        (held(), held(scopes="openid"), True),
        (held(), held(scopes="authorization.introspect"), False),
        (held(), held(scopes="open*"), False),
        (held(), held(scopes="unheard.of"), False),
        (held(scopes="*"), held(), True),
    ],
)
def test_r36_a_holding_covers_another_only_where_it_holds_all_of_it(
    giver: Holding, subject: Holding, covered: bool
) -> None:
    assert covers(giver, subject) is covered


WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "their own permissions": ("/people/{desk}/edit/", {"permissions": ["clients.edit"]}),
    "their own groups": ("/people/{desk}/edit/", {"groups": ["Client manager"]}),
    "their own standing": ("/people/{desk}/edit/", {"is_superuser": "on"}),
    "their own scopes": ("/people/{desk}/edit/", {"allowed_scope": "*"}),
    "their own group": ("/people/groups/{mine}/edit/", {"name": "Mine", "permissions": ["clients.edit"]}),
    "a renamed group": ("/people/groups/{manager}/edit/", {"name": "Harmless"}),
    "a taken name": ("/people/groups/{mine}/edit/", {"name": "Administrator"}),
    "a new group": ("/people/groups/new/", {"name": "Much", "permissions": ["clients.edit"]}),
    "a new person": ("/people/new/", {"username": "puppet", "groups": ["Administrator"], "how": "link"}),
    "a new super-administrator": ("/people/new/", {"username": "puppet", "how": "bogus", "permissions": ["keys.view"]}),
    "a service account": ("/people/{service}/edit/", {"permissions": ["clients.edit"]}),
    "somebody else": ("/people/{other}/edit/", {"groups": ["Auditor"]}),
    "an administrator's password": ("/people/{administrator}/password/", {"how": "link"}),
    "an administrator's e-mail": ("/people/{administrator}/edit/", {"email": "me@example.com"}),
    "an administrator's end": ("/people/{administrator}/delete/", {}),
    "an administrator's rest": ("/people/{administrator}/active/", {"active": "false"}),
    "a role's end": ("/people/groups/{manager}/delete/", {}),
}


def everything() -> list[Any]:
    """All that could have been given, last sign-ins left aside."""
    users = [{**row, "last_login": None} for row in User.objects.order_by("pk").values()]
    memberships = list(User.groups.through.objects.order_by("pk").values())
    return [users, list(Group.objects.order_by("pk").values()), memberships]


@pytest.mark.parametrize("way", WAYS)
def test_r36_no_way_leads_a_manager_of_people_to_what_they_lack(way: str, desk: User, sign_in: SignIn) -> None:
    mine, _ = Group.objects.get_or_create(name="Mine")
    desk.groups.add(mine)
    numbers = {
        "desk": desk.pk,
        "mine": mine.pk,
        "manager": Group.objects.get(name="Client manager").pk,
        "administrator": person("ada", "Administrator").pk,
        "other": person("other").pk,
        "service": client_named("Billing sync", owner="owner").service_account_id,
    }
    address, fields = WAYS[way]
    before = everything()
    response = sign_in(desk).post(address.format(**numbers), fields)
    assert everything() == before
    assert response.status_code in (200, 302, 403)


def test_r36_what_they_hold_they_may_give(desk: User, sign_in: SignIn) -> None:
    other = person("other")
    sign_in(desk).post(f"/people/{other.pk}/edit/", {"permissions": ["people.view"], "allowed_scope": "openid"})
    other.refresh_from_db()
    assert (other.permissions, other.allowed_scope) == (["people.view"], "openid")


def test_r36_ending_a_group_s_scopes_is_giving_where_nothing_else_narrows() -> None:
    giver = held("people.groups", scopes="orders.*")
    group = Group.objects.create(name="Narrow", allowed_scope="orders.read")
    how: Any = {"by": audit.Actor(name="x"), "giver": giver, "now": timezone.now()}
    with pytest.raises(Refused):
        groups.change(group=group, name="Narrow", facts=GroupFacts(), **how)
    with pytest.raises(Refused):
        groups.delete(group=group, **how)


def test_only_a_super_administrator_makes_another_and_the_last_one_stays(sign_in: SignIn) -> None:
    sue, other = person("sue", is_superuser=True), person("other")
    browser = sign_in(sue)
    assert (
        "last active super-administrator"
        in browser.post(f"/people/{sue.pk}/edit/", {"complete": "1", "is_active": "on"}).content.decode()
    )
    assert reach.is_last_super_administrator(sue)
    browser.post(f"/people/{other.pk}/edit/", {"complete": "1", "is_active": "on", "is_superuser": "on"})
    other.refresh_from_db()
    assert other.is_superuser
    assert not reach.is_last_super_administrator(sue)


def test_nobody_ends_themselves(sign_in: SignIn, super_administrator: User) -> None:
    person("other", is_superuser=True)
    browser, base = sign_in(super_administrator), f"/people/{super_administrator.pk}/"
    assert browser.post(f"{base}active/", {"active": "false"}).status_code == 403
    assert browser.post(f"{base}delete/").status_code == 403
    super_administrator.refresh_from_db()
    assert super_administrator.is_active


def test_the_rooms_hold_it_too(desk: User) -> None:
    ada, by = person("ada", "Administrator"), audit.Actor(name="desk", id=desk.pk)
    how: Any = {"by": by, "giver": holding_of(desk), "now": timezone.now()}
    with pytest.raises(OutOfReach):
        people.change(user=ada, facts=replace(people.facts_of(ada), email="x@example.com"), **how)
    with pytest.raises(OutOfReach):
        leaving.delete(user=ada, **how)
