"""The one door of the registry: registering, editing, switching, resetting and deleting, each with its event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from accounts import server_settings
from accounts.models import ServerSettings, User
from audit.models import Event
from clients import registration
from clients.facts import facts_of
from clients.life.lifecycle import BLAST_RADIUS, Breakage, what_breaks
from clients.life.protection import Protected, SystemOwned
from clients.models import Client, ClientSecret
from clients.secrets import credentials, rotation
from clients.writing import ChangedMeanwhile, Refused
from tests.clients.people import BY, SERVICE, client_named, person, registered

pytestmark = pytest.mark.django_db
GOOD_SECRET = "correct-Horse-8-battery"


def refused_fields(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refusal:
        registered(**changes)
    return [(fault.field, fault.code) for fault in refusal.value.faults]


def live(client: Client) -> list[credentials.LiveSecret]:
    return credentials.live_secrets(client.pk, now=timezone.now())


def last_event() -> Event:
    event = Event.objects.order_by("-id").first()
    assert event is not None
    return event


# ── Registering ──


def test_r12_a_confidential_client_gets_a_secret_that_is_stored_only_as_a_hash() -> None:
    new = registered()
    assert new.secret is not None
    assert len(new.secret) >= 36
    assert credentials.find(new.secret, live(new.client)) is not None
    assert new.secret not in str(list(ClientSecret.objects.values()))


def test_r12_a_public_client_gets_no_secret_and_no_service_account() -> None:
    new = registered(type="public", grants=("authorization_code",), redirect_uris=("com.example.app:/cb",))
    assert new.secret is None
    assert not new.client.secrets.exists()
    assert new.client.service_account is None


def test_r17_a_confidential_client_gets_a_service_account_that_nobody_can_sign_in_with() -> None:
    client = registered(client_id="billing-sync").client
    account = client.service_account
    assert account is not None
    assert (account.username, account.kind, account.is_active) == ("billing-sync", User.Kind.SERVICE, True)
    assert not account.has_usable_password()


def test_r13_a_chosen_secret_is_taken_and_a_weak_one_refused() -> None:
    assert registered(custom_secret=GOOD_SECRET).secret == GOOD_SECRET
    for weak in ("", "short", "aaaaaaaaaaaaaaaaaaaa", "with a space in it 123", "nul\x00nul-1234567890ab"):
        assert refused_fields(name="Other", custom_secret=weak) == [("client_secret", "weak")]


def test_r13_a_chosen_secret_that_looks_like_a_hash_is_hashed_all_the_same() -> None:
    looks_hashed = "pbkdf2_sha256$600000$abcdefgh$0123456789"
    client = registered(custom_secret=looks_hashed).client
    assert credentials.find(looks_hashed, live(client)) is not None
    assert client.secrets.get().hash != looks_hashed


def test_r12_a_public_client_cannot_choose_a_secret() -> None:
    public = {"type": "public", "grants": ("personal_access_token",)}
    assert refused_fields(**public, custom_secret=GOOD_SECRET) == [("client_secret", "public")]


def test_r6_the_client_id_is_generated_or_chosen_once() -> None:
    generated, chosen = registered(name="One").client, registered(name="Two", client_id="my-own").client
    assert len(generated.client_id) >= 16
    assert chosen.client_id == "my-own"
    assert chosen.pk > generated.pk


def test_r6_an_id_that_is_taken_is_refused_even_when_its_client_was_deleted() -> None:
    client = registered(client_id="my-own").client
    registration.delete(client=client, by=BY, now=timezone.now())
    assert refused_fields(client_id="my-own") == [("client_id", "taken")]


def test_r6_an_id_that_is_a_persons_user_name_is_refused() -> None:
    person("tomas")
    assert refused_fields(client_id="tomas") == [("client_id", "taken")]


def test_r3_a_name_is_unique_with_its_version_without_case() -> None:
    registered(name="Billing", version="1")
    assert refused_fields(name="BILLING", version="1") == [("name", "taken")]
    assert registered(name="Billing", version="2").client.pk
    assert registered(name="Billing").client.pk


def test_r3_a_deleted_client_frees_its_name() -> None:
    client = registered(name="Billing").client
    registration.delete(client=client, by=BY, now=timezone.now())
    assert registered(name="Billing").client.pk != client.pk


@pytest.mark.parametrize("owner", ["nobody", "billing-sync", "nul\x00", "half\ud83d"])
def test_r7_the_owner_is_an_active_person(owner: str) -> None:
    registered(client_id="billing-sync")
    facts = replace(SERVICE, name="Other", owner=owner)
    assert [(f.field, f.code) for f in registration.faults(facts)] == [("owner", "unknown")]


def test_r7_an_inactive_person_cannot_become_owner_but_may_stay_it() -> None:
    client = registered().client
    User.objects.filter(username="mara").update(is_active=False)
    client = Client.objects.get(pk=client.pk)
    registration.edit(client=client, facts=replace(facts_of(client), description="x"), by=BY, now=timezone.now())
    assert [f.field for f in registration.faults(replace(SERVICE, name="Other"))] == ["owner"]


def test_r20_a_legacy_grant_is_refused_until_an_administrator_allows_it() -> None:
    legacy: dict[str, Any] = {"grants": ("password",)}
    assert refused_fields(**legacy) == [("grants", "grants")]
    server_settings.change(by=BY, values={"legacyGrants": True})
    client = registered(**legacy).client
    ServerSettings.objects.update(legacy_grants=False)
    edited = registration.edit(
        client=client, facts=replace(facts_of(client), description="still here"), by=BY, now=timezone.now()
    )
    assert edited.client.grants == ("password",)


def test_registering_is_audited_with_what_was_set_and_without_the_secret() -> None:
    new = registered(client_id="billing-sync")
    event = last_event()
    assert (event.kind, event.subject_kind, event.subject_id) == ("client.registered", "client", new.client.pk)
    assert event.changes["name"] == ["", "Billing sync"]
    assert event.actor_name == "mara"
    assert event.address == "192.0.2.1"
    assert str(new.secret) not in str(Event.objects.values())


def test_a_refusal_writes_nothing_at_all() -> None:
    before = (Client.objects.count(), User.objects.filter(kind="service").count(), Event.objects.count())
    refused_fields(name="a&b")
    assert (Client.objects.count(), User.objects.filter(kind="service").count(), Event.objects.count()) == before


# ── Editing ──


def edit(client: Client, revision: int | None = None, **changes: Any) -> registration.Edited:
    facts = replace(facts_of(client), **changes)
    return registration.edit(client=client, facts=facts, by=BY, now=timezone.now(), revision=revision)


def test_an_edit_records_each_changed_field_old_and_new_and_raises_the_revision() -> None:
    client = registered().client
    before = client.revision
    edited = edit(client, access_token_lifetime=900, redirect_uris=("https://a.example/cb",))
    assert edited.changes == {
        "accessTokenLifetime": ["global", 900],
        "redirectUris": [[], ["https://a.example/cb"]],
    }
    assert edited.client.revision == before + 1
    assert last_event().kind == "client.changed"
    assert last_event().changes == edited.changes


def test_an_edit_that_changes_nothing_writes_nothing() -> None:
    client = registered().client
    events = Event.objects.count()
    assert edit(client, name=" Billing sync ").changes == {}
    assert Client.objects.get(pk=client.pk).revision == client.revision
    assert Event.objects.count() == events


def test_an_edit_on_an_old_revision_is_refused_and_changes_nothing() -> None:
    client = registered().client
    seen = client.revision
    edit(client, description="first")
    with pytest.raises(ChangedMeanwhile):
        edit(Client.objects.get(pk=client.pk), revision=seen, description="second")
    assert Client.objects.get(pk=client.pk).description == "first"


def test_an_edit_may_not_take_another_clients_name_but_may_keep_its_own() -> None:
    client_named("One")
    two = client_named("Two")
    with pytest.raises(Refused) as refusal:
        edit(two, name="ONE")
    assert [fault.code for fault in refusal.value.faults] == ["taken"]
    assert edit(two, name="TWO").client.name == "TWO"


def test_r11_and_r17_becoming_public_ends_secrets_and_service_account() -> None:
    client = registered(client_id="billing-sync").client
    epoch = User.objects.get(username="billing-sync").token_epoch
    edit(client, type="public", grants=("personal_access_token",))
    account = User.objects.get(username="billing-sync")
    assert live(client) == []
    assert client.service_account is None
    assert (account.is_active, account.token_epoch) == (False, epoch + 1)


def test_r11_becoming_public_is_refused_while_a_grant_needs_a_secret() -> None:
    client = registered().client
    with pytest.raises(Refused):
        edit(client, type="public")
    assert live(client)


def test_r11_and_r17_becoming_confidential_makes_secret_and_service_account_again() -> None:
    client = registered(client_id="billing-sync").client
    edit(client, type="public", grants=("personal_access_token",))
    edited = edit(client, type="confidential")
    assert edited.secret is not None
    assert credentials.find(edited.secret, live(client)) is not None
    assert client.service_account is not None
    assert client.service_account.username == "billing-sync"
    assert User.objects.get(username="billing-sync").is_active


# ── Switching, resetting, deleting ──


def test_r46_a_client_is_switched_off_and_on_with_events_and_keeps_its_epoch() -> None:
    client = registered().client
    epoch = client.token_epoch
    for active, kind in ((False, "client.deactivated"), (True, "client.activated")):
        revision = client.revision
        registration.set_active(client=client, active=active, by=BY, now=timezone.now())
        assert (client.is_active, client.revision, client.token_epoch) == (active, revision + 1, epoch)
        assert (last_event().kind, last_event().changes) == (kind, {"active": [not active, active]})


def test_r46_switching_to_what_it_is_already_writes_nothing() -> None:
    client = registered().client
    events = Event.objects.count()
    registration.set_active(client=client, active=True, by=BY, now=timezone.now())
    assert Event.objects.count() == events


def test_r15_a_reset_gives_a_new_secret_and_ends_the_old_one_at_once() -> None:
    new = registered()
    client_id = new.client.client_id
    secret = rotation.rotate(client=new.client, by=BY, now=timezone.now()).secret
    assert secret != new.secret
    assert new.secret is not None
    assert credentials.find(new.secret, live(new.client)) is None
    assert credentials.find(secret, live(new.client)) is not None
    assert new.client.client_id == client_id
    assert last_event().kind == "client.secret_reset"
    assert secret not in str(Event.objects.values())


def test_r15_a_public_client_has_nothing_to_reset() -> None:
    client = registered(type="public", grants=("personal_access_token",)).client
    with pytest.raises(Refused):
        rotation.rotate(client=client, by=BY, now=timezone.now())


def test_r47_deleting_hides_the_client_and_ends_tokens_and_service_account_in_one_write() -> None:
    client = registered(client_id="billing-sync").client
    epoch, revision = client.token_epoch, client.revision
    registration.delete(client=client, by=BY, now=timezone.now())
    gone = Client.objects.get(pk=client.pk)
    assert gone.deleted_at is not None
    assert gone.name_key is None
    assert (gone.token_epoch, gone.revision) == (epoch + 1, revision + 1)
    assert not User.objects.get(username="billing-sync").is_active
    assert last_event().kind == "client.deleted"


def test_r47_a_deleted_client_lets_nothing_be_done_to_it_any_more() -> None:
    client = registered().client
    stale = Client.objects.get(pk=client.pk)
    registration.delete(client=client, by=BY, now=timezone.now())
    with pytest.raises(ChangedMeanwhile):
        registration.delete(client=stale, by=BY, now=timezone.now())
    with pytest.raises(ChangedMeanwhile):
        rotation.rotate(client=stale, by=BY, now=timezone.now())


def test_r47_what_breaks_is_asked_of_the_rooms_above() -> None:
    client = registered().client
    added = [
        lambda _: Breakage(count=14, one="live token", several="live tokens"),
        lambda _: Breakage(count=0, one="consent", several="consents"),
    ]
    BLAST_RADIUS.extend(added)
    try:
        assert [str(breakage) for breakage in what_breaks(client)][-2:] == ["14 live tokens", "0 consents"]
    finally:
        del BLAST_RADIUS[-2:]


def attempts(client: Client) -> list[Any]:
    """Every kind of change, ready to be tried."""
    now = timezone.now()
    return [
        lambda: edit(client, description="other"),
        lambda: registration.set_active(client=client, active=False, by=BY, now=now),
        lambda: rotation.rotate(client=client, by=BY, now=now),
        lambda: registration.delete(client=client, by=BY, now=now),
    ]


def test_r43_a_protected_client_refuses_every_change_and_says_why() -> None:
    client = registered().client
    Client.objects.filter(pk=client.pk).update(
        is_protected=True, protected_reason="Daily settlement.", protected_by="ines"
    )
    client.refresh_from_db()
    for attempt in attempts(client):
        with pytest.raises(Protected, match=r"protected by ines: Daily settlement\."):
            attempt()
    assert Client.objects.get(pk=client.pk).revision == client.revision


def test_r61_a_system_client_refuses_every_change() -> None:
    client = Client.objects.get(client_id="push")
    for attempt in attempts(client):
        with pytest.raises(SystemOwned):
            attempt()


@pytest.mark.parametrize(("second", "field"), [({"name": "Other"}, "client_id"), ({"client_id": "other"}, "name")])
def test_who_loses_a_race_for_a_name_or_an_id_hears_what_a_moment_later_would_have_said(
    second: dict[str, str], field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(name="Billing", client_id="billing")
    # Both looked before either wrote: the database's own constraints decide.
    monkeypatch.setattr(registration, "faults", lambda *_, **__: [])
    assert refused_fields(**{"name": "Billing", "client_id": "billing", **second}) == [(field, "taken")]
