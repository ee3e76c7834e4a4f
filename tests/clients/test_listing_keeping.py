"""What the list stands on is true after every change, and is caught up with where time alone has changed it (R51)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from accounts.models import User
from clients import registration
from clients.facts import facts_of
from clients.linter import dismissals
from clients.listing import keeping, search_index
from clients.listing.keeping import Round
from clients.listing.searching import text_of
from clients.models import Client
from tests.clients.people import BY, client_named, person

pytestmark = pytest.mark.django_db
CHANGES: dict[str, tuple[Callable[[Client], object], str]] = {
    "edit": (lambda client: edited(client, access_token_lifetime="never"), "danger"),
    "describe": (lambda client: edited(client, description="Sends bills."), ""),
    "dismiss": (lambda client: dismissed(client), ""),
}


def edited(client: Client, **facts: object) -> None:
    changed = replace(facts_of(client), **facts)  # type: ignore[arg-type]
    registration.edit(client=client, facts=changed, by=BY, now=timezone.now())


def dismissed(client: Client) -> None:
    dismissals.dismiss(client=client, rule="no-description", reason="Known.", by=BY, now=timezone.now())


def stored(client: Client) -> Client:
    found: Client = Client.objects.get(pk=client.pk)
    return found


def test_r51_a_new_client_can_be_found_and_is_judged_at_once() -> None:
    client = stored(client_named("Ärger Billing", version="2", redirect_uris=("https://a.example/cb",)))
    assert client.search_text == f" ärger billing 2\n {client.client_id.casefold()}\n https://a.example/cb"
    assert client.linter_level == "info"
    assert client.linter_score is not None
    assert 80 < client.linter_score < 100


@pytest.mark.parametrize("change", CHANGES)
def test_r51_every_change_brings_the_verdict_up_to_date_and_raises_no_second_revision(change: str) -> None:
    client = client_named("Billing")
    before = client.revision
    make, level = CHANGES[change]
    make(client)
    assert stored(client).linter_level == level
    assert stored(client).revision == before + (change != "dismiss")


def test_r51_a_renamed_client_is_found_by_its_new_name_alone() -> None:
    client = client_named("Billing")
    edited(client, name="Invoices")
    assert "invoices" in stored(client).search_text
    assert "billing" not in stored(client).search_text


def test_r51_the_round_catches_up_with_what_time_alone_has_changed() -> None:
    client = client_named("Billing", description="Sends bills.")
    revision = stored(client).revision
    assert Round().go_on(timezone.now()) == 3  # the shipped clients, which came without a verdict
    assert Round().go_on(timezone.now()) == 0
    User.objects.filter(username="mara").update(is_active=False)
    assert Round().go_on(timezone.now()) == 1
    assert stored(client).linter_level == "warn"
    assert stored(client).revision == revision


def test_r51_the_round_stops_in_time_and_goes_on_where_it_stopped() -> None:
    many = [client_named(f"Billing {number}") for number in range(3)]
    Client.objects.update(search_text="", linter_score=None)
    going = Round()
    assert going.go_on(timezone.now(), longest=0) == 0
    assert stored(many[0]).search_text == ""
    assert going.go_on(timezone.now()) == Client.objects.count()
    assert all(stored(client).search_text == text_of(client) for client in many)


def test_r51_the_round_does_not_overwrite_a_change_that_came_between() -> None:
    client = client_named("Billing")
    Client.objects.filter(pk=client.pk).update(search_text="old", revision=7)
    stale = Client.objects.select_related("owner").get(pk=client.pk)
    Client.objects.filter(pk=client.pk).update(search_text="newer", revision=8)
    keeping.bring_up_to_date(stale, timezone.now())
    assert stored(client).search_text == "newer"


def test_r51_the_migration_gives_earlier_clients_the_very_text_that_the_room_gives_them() -> None:
    client = client_named("Ｂilling ß", version="2", display_name="Shown", redirect_uris=("https://a.example/",))
    person("long")
    Client.objects.update(search_text="")
    migration = import_module("clients.migrations.0007_search_text_of_earlier_clients")
    migration.fill(apps, SimpleNamespace(connection=connection))
    assert stored(client).search_text == text_of(client)
    assert not Client.objects.filter(search_text="").exists()


def test_r51_postgresql_has_the_index_that_search_needs() -> None:
    assert search_index.INDEX.is_missing() is False


def test_r51_an_idle_client_becomes_one_to_look_at() -> None:
    client = client_named("Billing", description="Sends bills.")
    Client.objects.filter(pk=client.pk).update(last_used_at=timezone.now() - timedelta(days=91))
    Round().go_on(timezone.now())
    assert stored(client).linter_level == "warn"
