"""My account names the clients that its person answers for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from clients.own_clients import SHOWN
from tests.clients.people import client_named, person

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]


def account_of(viewer: User, sign_in: SignIn) -> str:
    return sign_in(viewer).get(reverse("account")).content.decode()


def test_own_clients_are_named_and_linked_and_nobody_else_s(sign_in: SignIn) -> None:
    dev = person("dev", "Developer")
    own, other = client_named("Mine", owner="dev"), client_named("Theirs", owner="ivan")
    page = account_of(dev, sign_in)
    assert "Your clients" in page
    assert reverse("client_overview", args=[own.pk]) in page
    assert other.name not in page


def test_whoever_may_not_look_at_clients_sees_names_without_links(sign_in: SignIn) -> None:
    own = client_named("Mine", owner="nobody")
    page = account_of(person("nobody"), sign_in)
    assert "Mine" in page
    assert reverse("client_overview", args=[own.pk]) not in page


def test_without_any_the_page_says_nothing_of_it(sign_in: SignIn) -> None:
    assert "Your clients" not in account_of(person("dev", "Developer"), sign_in)


def test_of_many_the_newest_are_named_and_the_rest_counted(sign_in: SignIn) -> None:
    for number in range(SHOWN + 2):
        client_named(f"Client {number}", owner="dev")
    page = account_of(person("dev", "Developer"), sign_in)
    assert f"{SHOWN + 2} clients" in page
    assert "and 2 more" in page
    assert "?owner=dev" in page
