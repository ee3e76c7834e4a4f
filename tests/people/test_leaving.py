"""How people leave (R7): hand-over singly and for all, deactivation, deletion, the command; and edits at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import passwords
from accounts.holdings import EVERYTHING
from accounts.models import Group, User
from accounts.shipped import put_in_place
from audit.models import Event
from clients import ownership, registration
from clients.models import Client
from clients.ownership import HandOver, HandOverRefused
from tests.clients.people import BY, client_named, person

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
HOW: Any = {"by": BY, "now": timezone.now()}


@pytest.fixture
def browser(sign_in: SignIn, super_administrator: User) -> Browser:
    return sign_in(super_administrator)


def owner_of(client: Client) -> str:
    return str(Client.objects.get(pk=client.pk).owner)


def three() -> list[Client]:
    return [client_named(f"Client {number}", owner="tomas") for number in range(3)]


def test_r7_the_clients_go_singly_and_the_rest_to_one_each_with_its_event() -> None:
    clients = three()
    person("jun"), person("priya")
    to = HandOver(rest="jun", single={clients[1].pk: "priya"})
    assert ownership.hand_over(person=person("tomas"), to=to, **HOW) == 3
    assert [owner_of(client) for client in clients] == ["jun", "priya", "jun"]
    assert Event.objects.filter(kind="client.changed", changes__owner=["tomas", "jun"]).count() == 2
    assert Event.objects.get(kind="user.handed_over").detail["clients"] == 3


@pytest.mark.parametrize("name", ["nobody", "tomas", "gone", "Client 0", "a\x00b"])
def test_r7_a_wrong_new_owner_changes_nothing_at_all(name: str) -> None:
    clients = three()
    person("jun"), person("gone", is_active=False)
    to = HandOver(rest="jun", single={clients[2].pk: name})
    with pytest.raises(HandOverRefused) as refused:
        ownership.hand_over(person=person("tomas"), to=to, **HOW)
    assert refused.value.faults[0].client_pk == clients[2].pk
    assert {owner_of(client) for client in clients} == {"tomas"}


def test_r7_and_r43_a_protected_client_goes_with_whoever_may_lift_it_and_stays_protected(
    browser: Browser, sign_in: SignIn
) -> None:
    client = client_named("Settlement", owner="tomas")
    person("jun")
    registration.protect(client=client, by=BY, reason="Ask Treasury.", now=timezone.now())
    tomas = person("tomas")
    weak = sign_in(person("weak", permissions=["people.view", "clients.edit"]))
    refused = weak.post(f"/people/{tomas.pk}/hand-over/", {"new_owner": "jun", "protected_too": "on"})
    assert "Ask Treasury." in refused.content.decode()
    assert owner_of(client) == "tomas"
    assert browser.post(f"/people/{tomas.pk}/hand-over/", {"new_owner": "jun"}).status_code == 200
    assert owner_of(client) == "tomas"
    sent = {"new_owner": "jun", "protected_too": "on"}
    assert browser.post(f"/people/{tomas.pk}/hand-over/", sent).status_code == 302
    client.refresh_from_db()
    assert (client.is_protected, owner_of(client)) == (True, "jun")
    assert Event.objects.get(kind="client.changed").detail["protectionBypassed"] is True


def test_r7_a_person_who_owns_clients_is_not_ended_without_a_new_owner(browser: Browser) -> None:
    (client, *_), tomas = three(), person("tomas")
    for address in ("active/", "delete/"):
        response = browser.post(f"/people/{tomas.pk}/{address}", {"active": "false"})
        assert "Name who answers for the clients" in response.content.decode()
    off = browser.post(f"/people/{tomas.pk}/edit/", {"complete": "1"})
    assert "name another owner for them first" in off.content.decode()
    tomas.refresh_from_db()
    assert (tomas.is_active, tomas.deleted_at, owner_of(client)) == (True, None, "tomas")


def test_deleting_forgets_who_they_were_and_keeps_their_name_and_clients(browser: Browser, sign_in: SignIn) -> None:
    (client, *_), tomas = three(), person("tomas", "Auditor")
    person("jun")
    User.objects.filter(pk=tomas.pk).update(email="t@example.com", given_name="Tomas", claims={"locale": "en"})
    theirs = sign_in(tomas)
    assert theirs.get("/audit/").status_code == 200
    epoch = User.objects.get(pk=tomas.pk).token_epoch
    assert browser.post(f"/people/{tomas.pk}/delete/", {"new_owner": "jun"})["Location"] == "/people/"
    gone = User.objects.get(pk=tomas.pk)
    assert (gone.email, gone.given_name, gone.claims, gone.is_active) == ("", "", {}, False)
    assert gone.token_epoch == epoch + 1
    assert not gone.groups.exists()
    assert owner_of(client) == "jun"
    assert theirs.get("/audit/")["Location"].startswith("/sign-in/")
    taken = browser.post("/people/new/", {"username": "tomas", "how": "link"}).content.decode()
    assert "names are never given twice" in taken
    assert "was deleted" in browser.get(f"/people/{tomas.pk}/").content.decode()


def test_sessions_that_ended_by_deactivation_stay_ended_after_activation(browser: Browser, sign_in: SignIn) -> None:
    tomas = person("tomas", "Auditor")
    theirs = sign_in(tomas)
    assert theirs.get("/audit/").status_code == 200
    for active in ("false", "true"):
        assert browser.post(f"/people/{tomas.pk}/active/", {"active": active}).status_code == 302
    assert theirs.get("/audit/")["Location"].startswith("/sign-in/")


def test_the_command_deletes_and_hands_over_or_says_why_not() -> None:
    clients = three()
    person("jun")
    for arguments in (["nobody"], ["tomas"], ["tomas", "--new-owner", "nobody"], [clients[0].client_id]):
        with pytest.raises(CommandError):
            call_command("delete_user", *arguments)
    assert {owner_of(client) for client in clients} == {"tomas"}
    call_command("delete_user", "tomas", "--new-owner", "jun")
    assert {owner_of(client) for client in clients} == {"jun"}
    assert User.objects.get(username="tomas").deleted_at is not None


def test_two_who_edit_one_person_are_told_and_nothing_is_lost(browser: Browser) -> None:
    tomas = person("tomas")
    seen = {"revision": tomas.revision}
    browser.post(f"/people/{tomas.pk}/edit/", {**seen, "email": "first@example.com"})
    late = browser.post(f"/people/{tomas.pk}/edit/", {**seen, "email": "second@example.com"})
    assert late.status_code == 409
    assert "first@example.com" in late.content.decode()
    assert "second@example.com" in late.content.decode()
    assert User.objects.get(pk=tomas.pk).email == "first@example.com"


def test_a_form_that_names_few_fields_leaves_the_others_as_they_are(browser: Browser) -> None:
    tomas = person("tomas", "Auditor", permissions=["keys.view"])
    User.objects.filter(pk=tomas.pk).update(claims={"updated_at": 1, "address": {"country": "UK"}, "locale": "en"})
    browser.post(f"/people/{tomas.pk}/edit/", {"nickname": "T"})
    tomas.refresh_from_db()
    assert tomas.claims == {"updated_at": 1, "address": {"country": "UK"}, "locale": "en", "nickname": "T"}
    assert tomas.is_active
    assert tomas.permissions == ["keys.view"]
    assert [group.name for group in tomas.groups.all()] == ["Auditor"]


BAD = {
    "email": "no address", "given_name": "a\u200bb", "family_name": "x" * 151, "allowed_scope": 'a"b',
    "picture": "javascript:alert(1)", "birthdate": "1980-13-01", "zoneinfo": "Mars/Base", "locale": "e n",
    "phone_number": "call me", "address_country": "\x00", "groups": "No such group", "permissions": "no.such",
}  # fmt: skip


@pytest.mark.parametrize("field", BAD)
def test_bad_input_comes_back_at_its_field_and_changes_nothing(field: str, browser: Browser) -> None:
    tomas = person("tomas")
    before = User.objects.values().get(pk=tomas.pk)
    html = browser.post(f"/people/{tomas.pk}/edit/", {field: BAD[field]}).content.decode()
    assert f'id="id_{field}_error"' in html
    assert User.objects.values().get(pk=tomas.pk) == before


NAMES = {
    "a" * 255: True, "a" * 256: False, "": False, " a": False, "a\u200bb": False, "a\u202eb": False, "a\x00": False,
    "שרה": True, "🦀": True, "<script>alert(1)</script>": True, "ada": False,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_user_names_of_every_kind_are_taken_or_refused_at_the_field(name: str, browser: Browser) -> None:
    person("ada")
    response = browser.post("/people/new/", {"username": name, "how": "link"})
    assert (response.status_code == 302) is NAMES[name]
    if NAMES[name]:
        html = browser.get(f"/people/?q={name[:40]}").content.decode()
        html += browser.get(f"/people/{User.objects.get(username=name).pk}/").content.decode()
        assert "<script>alert" not in html
    else:
        assert 'id="id_username_error"' in response.content.decode()


def test_r17_a_service_account_gets_roles_and_leads_to_its_client_and_back(browser: Browser) -> None:
    client = client_named("Billing sync", owner="tomas")
    account = f"/people/{client.service_account_id}/"
    assert f'href="/clients/{client.pk}/"' in browser.get(account).content.decode()
    assert f'href="{account}"' in browser.get(f"/clients/{client.pk}/").content.decode()
    browser.post(f"{account}edit/", {"groups": ["Auditor"], "email": "no@example.com", "is_superuser": "on"})
    stored = User.objects.get(pk=client.service_account_id)
    assert [group.name for group in stored.groups.all()] == ["Auditor"]
    assert (stored.email, stored.is_superuser) == ("", False)


def test_the_list_costs_the_same_for_three_people_and_for_ten_thousand(browser: Browser) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get("/people/").status_code == 200
        return len(captured)

    few = statements()
    User.objects.bulk_create(User(username=f"many-{number:05}", password="!") for number in range(10_000))
    assert statements() == few


def test_a_link_works_once_and_a_newer_one_ends_it(anonymous: Browser) -> None:
    tomas, now = person("tomas"), timezone.now()
    first, second = (passwords.give_link(user=tomas, by=BY, giver=EVERYTHING, now=now) for _ in range(2))
    assert anonymous.get(f"/set-password/{first}/").status_code == 404
    sent = {"password": "a long and lonely sentence", "password_again": "a long and lonely sentence"}
    assert anonymous.post(f"/set-password/{second}/", sent)["Location"] == "/sign-in/"
    assert anonymous.post(f"/set-password/{second}/", sent).status_code == 404
    tomas.refresh_from_db()
    assert tomas.check_password("a long and lonely sentence")


def test_a_shipped_role_gets_what_is_new_and_keeps_what_was_taken_away() -> None:
    role = Group.objects.get(name="Auditor")
    Group.objects.filter(pk=role.pk).update(
        permissions=["clients.view"], shipped_permissions=["audit.view", "clients.export", "clients.view"]
    )
    put_in_place()
    role.refresh_from_db()
    assert "people.view" in role.permissions
    assert "audit.view" not in role.permissions
