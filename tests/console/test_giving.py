"""R36 for clients: a manager gives nothing that they lack, by form, copy, import or by taking a change back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.holdings import Holding, lacking_scopes
from accounts.models import User
from audit.models import Event
from clients import registration
from clients.facts import facts_of
from clients.models import Client, Namespace
from tests.clients.people import BY, client_named, person

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
LACKED = "authorization.introspect"
FORM = {"type": "confidential", "grants": ["client_credentials"], "preset": "service"}


@pytest.fixture
def manager(sign_in: SignIn) -> Browser:
    """Holds what everybody holds: each scope that is not sensitive."""
    return sign_in(person("manager", "Client manager"))


@pytest.mark.parametrize(("scope", "given"), [("openid", True), (LACKED, False), ("authorization.*", False)])
def test_r36_a_manager_registers_a_client_with_no_more_than_they_hold(
    manager: Browser, scope: str, given: bool
) -> None:
    answer = manager.post("/clients/new/", {**FORM, "name": "Grabber", "allowed_scope": scope})
    assert Client.objects.filter(name="Grabber").exists() is given
    if not given:
        assert f"You do not hold {scope}, so you cannot give it. Somebody who holds it" in answer.content.decode()


def test_r36_an_edit_adds_nothing_that_the_editor_lacks_and_may_keep_what_is_there(manager: Browser) -> None:
    client = client_named("Reader", allowed_scope=LACKED)
    form = {**FORM, "name": "Reader", "owner": "mara"}
    manager.post(f"/clients/{client.pk}/edit/", {**form, "allowed_scope": f"{LACKED} *"})
    client.refresh_from_db()
    assert client.allowed_scope == LACKED
    manager.post(f"/clients/{client.pk}/edit/", {**form, "allowed_scope": f"{LACKED} openid"})
    client.refresh_from_db()
    assert client.allowed_scope == f"{LACKED} openid"


def test_r36_a_namespace_is_given_by_its_administrators_alone(manager: Browser) -> None:
    client, space = client_named("Reader", allowed_scope=""), Namespace.objects.create(name="eu")
    form = {**FORM, "name": "Reader", "owner": "mara", "allowed_scope": "", "namespaces": ["eu"]}
    answer = manager.post(f"/clients/{client.pk}/edit/", form)
    assert "You do not administer the namespace eu" in answer.content.decode()
    space.administrators.add(User.objects.get(username="manager"))
    manager.post(f"/clients/{client.pk}/edit/", form)
    assert list(Client.objects.get(pk=client.pk).namespaces.all()) == [space]


def test_r36_a_copy_is_a_new_client_and_has_nothing_yet(manager: Browser) -> None:
    client = client_named("Reader", allowed_scope=LACKED)
    form = {**FORM, "name": "Reader copy", "allowed_scope": LACKED}
    assert "so you cannot give it" in manager.post(f"/clients/{client.pk}/copy/", form).content.decode()
    assert not Client.objects.filter(name="Reader copy").exists()


def test_r36_taking_a_change_back_gives_back_nothing_that_the_viewer_lacks(manager: Browser) -> None:
    client = client_named("Reader", allowed_scope=LACKED)
    facts = replace(facts_of(client), allowed_scope="openid")
    registration.edit(client=client, facts=facts, by=BY, now=timezone.now())
    event = client_event(client)
    answer = manager.post(f"/clients/{client.pk}/activity/{event}/revert/", {})
    assert "so you cannot give it" in answer.content.decode()
    client.refresh_from_db()
    assert client.allowed_scope == "openid"


def client_event(client: Client) -> int:
    """The number of the client's last change."""
    return Event.objects.filter(kind="client.changed", subject_id=str(client.pk)).latest("pk").pk


def test_r36_whoever_has_no_allowed_scope_is_asked_about_in_one_statement(
    manager: Browser, django_assert_num_queries: Any
) -> None:
    wanted = [f"scope-{number}" for number in range(50)]
    with django_assert_num_queries(1):
        assert lacking_scopes(Holding(), wanted) == sorted(wanted)


def test_r36_a_shipped_administrator_may_give_every_scope(sign_in: SignIn, make_user: Any) -> None:
    browser = sign_in(make_user("root", role="Administrator"))
    browser.post("/clients/new/", {**FORM, "name": "Gateway", "allowed_scope": f"{LACKED} orders.*"})
    assert Client.objects.get(name="Gateway").allowed_scope == f"{LACKED} orders.*"
