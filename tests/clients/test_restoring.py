"""Deleting, restoring and purging (R47), by the rules: what ends, what comes back, what is never given again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients import registration
from clients.life import purging, restoring
from clients.life.lifecycle import RESTORABLE_FOR
from clients.models import Client, ClientSecret, PurgedClient
from clients.rules import uniqueness
from clients.secrets import credentials
from clients.writing import ChangedMeanwhile, Refused
from policies.models import Api
from tests.clients.people import BY, client_named, person, registered
from tokens import departed_clients, models
from tokens import purging as token_purging
from tokens.models import AccessToken, TokenFamily

pytestmark = pytest.mark.django_db


def deleted(client: Client, *, at: datetime | None = None) -> Client:
    registration.delete(client=client, by=BY, now=at or timezone.now())
    return client


def restore(client: Client, *, now: datetime | None = None, **place: str) -> None:
    owner = client.owner.username if client.owner else ""
    wanted = {"name": client.name, "version": client.version, "owner": owner, **place}
    facts = restoring.with_place(client, **wanted)
    restoring.restore(client=client, facts=facts, by=BY, now=now or timezone.now())


def faults_of(client: Client, **place: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        restore(client, **place)
    return [f"{fault.field}: {fault.message}" for fault in refusal.value.faults]


# ── Restoring ──


def test_r47_a_restored_client_is_as_it_was_but_for_its_tokens() -> None:
    new = registered(client_id="billing", description="Keep me.")
    before = (new.client.token_epoch, new.client.name_key)
    client = deleted(new.client)
    assert (client.deleted_by, client.name_key) == ("mara", None)
    restore(client)
    client = Client.objects.get(client_id="billing")
    account = client.service_account
    assert (client.deleted_at, client.deleted_by, client.description) == (None, "", "Keep me.")
    assert client.name_key == before[1]
    assert client.token_epoch > before[0]
    assert account is not None
    assert (account.is_active, account.deleted_at) == (True, None)
    assert account.token_epoch > 0
    live = credentials.live_secrets(client.pk, now=timezone.now())
    assert credentials.find(str(new.secret), live) is not None


def test_r47_secrets_that_ended_meanwhile_do_not_come_back() -> None:
    new, now = registered(), timezone.now()
    ClientSecret.objects.filter(client=new.client).update(expires_at=now + timedelta(days=1))
    restore(deleted(new.client, at=now), now=now + timedelta(days=2))
    assert credentials.live_secrets(new.client.pk, now=now + timedelta(days=2)) == []


def test_r47_restoring_is_recorded_with_who_had_deleted_it() -> None:
    client = deleted(client_named("Billing sync"))
    restore(client, version="2")
    event = Event.objects.get(kind="client.restored")
    assert event.changes == {"softDeleted": [True, False], "version": ["", "2"]}
    assert event.detail["deletedBy"] == "mara"


def test_r3_a_name_taken_meanwhile_is_refused_until_another_is_given() -> None:
    client = deleted(client_named("Billing sync"))
    client_named("billing SYNC")
    assert "exists. Choose another name" in faults_of(client)[0]
    restore(client, version="2")
    assert Client.objects.get(pk=client.pk).version == "2"


@pytest.mark.parametrize(("name", "field"), [("a&b", "name"), ("", "name"), ("x" * 256, "name")])
def test_r2_the_new_name_is_checked_like_any(name: str, field: str) -> None:
    assert faults_of(deleted(client_named("Billing sync")), name=name)[0].startswith(f"{field}: ")


def test_r7_a_client_comes_back_to_an_active_owner_only() -> None:
    client = deleted(client_named("Billing sync", owner="tomas"))
    User.objects.filter(username="tomas").update(is_active=False)
    person("priya")
    assert faults_of(client) == ["owner: There is no active person 'tomas'."]
    restore(client, owner="priya")
    assert Client.objects.get(pk=client.pk).owner == person("priya")


def test_r47_after_its_time_it_cannot_be_restored() -> None:
    now = timezone.now()
    client = deleted(client_named("Billing sync"), at=now)
    assert "is over" in faults_of(client, now=now + RESTORABLE_FOR)[0]
    restore(client, now=now + RESTORABLE_FOR - timedelta(seconds=1))


def test_r47_of_two_who_restore_one_is_told_that_it_is_done() -> None:
    client = deleted(client_named("Billing sync"))
    late = Client.objects.get(pk=client.pk)
    restore(client)
    with pytest.raises(ChangedMeanwhile):
        restore(late)


def test_r11_a_public_client_comes_back_without_a_service_account() -> None:
    client = deleted(client_named("Phone", type="public", grants=("personal_access_token",)))
    restore(client)
    assert Client.objects.get(pk=client.pk).service_account is None


# ── Purging ──


def issue_never_ending(client: Client) -> None:
    family = TokenFamily.objects.create(application=client, client_epoch=client.token_epoch)
    AccessToken.objects.create(
        application=client, family=family, token_hash=client.client_id.encode().ljust(32), client_epoch=0, expires=None
    )


def test_r47_a_client_is_purged_once_nothing_is_left_of_what_was_issued() -> None:
    now = timezone.now()
    client, number = deleted(registered(client_id="billing").client, at=now), 0
    number = client.pk
    issue_never_ending(client)
    assert purging.purge_deleted(now + RESTORABLE_FOR - timedelta(seconds=1)) == 0
    assert departed_clients.purge(now + RESTORABLE_FOR - timedelta(seconds=1)) == 0
    assert purging.purge_deleted(now + RESTORABLE_FOR) == 0
    assert departed_clients.purge(now + RESTORABLE_FOR) == 2
    assert purging.purge_deleted(now + RESTORABLE_FOR) == 1
    assert not Client.objects.filter(pk=number).exists()
    assert not ClientSecret.objects.filter(client_id=number).exists()
    assert PurgedClient.objects.get(number=number).client_id == "billing"
    event = Event.objects.get(kind="client.purged")
    assert (event.actor_name, event.subject_id, event.subject_name) == ("system", number, "Billing sync (billing)")


def test_r47_live_clients_restored_ones_and_the_servers_own_stay() -> None:
    now = timezone.now()
    live, back = client_named("Live"), deleted(client_named("Back"), at=now)
    restore(back, now=now + timedelta(days=1))
    count = Client.objects.count()
    assert purging.purge_deleted(now + timedelta(days=400)) == 0
    assert Client.objects.count() == count
    assert live.deleted_at is None


def test_r47_purging_goes_on_past_what_still_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    clients = [deleted(client_named(f"Client {number}"), at=now) for number in range(5)]
    issue_never_ending(clients[0])
    for room in (purging, departed_clients, token_purging):
        monkeypatch.setattr(room, "BATCH", 2, raising=False)
    assert purging.purge_deleted(now + RESTORABLE_FOR) == 4
    assert Client.objects.filter(pk=clients[0].pk).exists()


def test_r3_and_r6_a_purged_client_s_id_name_and_number_are_never_given_again() -> None:
    now = timezone.now()
    purged = [deleted(registered(client_id="billing").client, at=now)]
    purged.append(
        deleted(
            registered(client_id="phone", name="Phone", type="public", grants=("personal_access_token",)).client, at=now
        )
    )
    purging.purge_deleted(now + RESTORABLE_FOR)
    with pytest.raises(Refused, match=uniqueness.ID_TAKEN[:20]):
        registered(client_id="phone")
    with pytest.raises(Refused):
        registered(client_id="billing")
    from accounts.usernames import taken_fault

    assert taken_fault("phone") is not None
    assert taken_fault("billing") is not None
    newest = max(client.pk for client in purged)
    assert client_named("Next").pk > newest


def test_r6_the_database_itself_never_counts_back() -> None:
    """The highest number's row may go: SQLite needs AUTOINCREMENT for that, PostgreSQL's sequence does it."""
    if connection.vendor != "sqlite":
        pytest.skip("Sequences never count back.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [Client._meta.db_table])
        assert "AUTOINCREMENT" in cursor.fetchone()[0]


def test_every_model_that_refers_to_a_client_is_purged_with_it() -> None:
    from django.apps import apps

    referring = {
        model
        for model in apps.get_app_config("tokens").get_models()
        for field in model._meta.fields
        if field.related_model is Client
    }
    assert set(departed_clients.ROWS) == referring
    assert models.AccessToken in referring


# ── The blast radius ──


def test_r47_what_breaks_counts_people_names_apis_and_scopes() -> None:
    from clients.life.lifecycle import what_breaks

    client = registered(allowed_scope="openid profile email address phone").client
    for name in ("tomas", "priya"):
        for _ in range(2):
            TokenFamily.objects.create(application=client, user=person(name), client_epoch=client.token_epoch)
    TokenFamily.objects.create(application=client, user=person("gone"), client_epoch=client.token_epoch - 1)
    for name in ("Orders", "Billing"):
        Api.objects.create(name=name, audience=f"https://{name.lower()}.example").introspectors.add(client)
    said = [str(breakage) for breakage in what_breaks(client)]
    assert said == [
        "0 live tokens",
        "2 people’s authorizations",
        "2 APIs that it introspects tokens for",
        "6 scopes that it may be granted",
    ]
    apis, scopes = what_breaks(client)[2:]
    assert (apis.names, apis.more) == (("Billing", "Orders"), 0)
    assert (len(scopes.names), scopes.more) == (4, 2)
