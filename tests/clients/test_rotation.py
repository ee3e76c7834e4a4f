"""R15 by its room: several live secrets, an overlap that the administrator picks, retiring and changing one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Event
from authserver.relative_time import exact
from clients.life.protection import Protected, SystemOwned
from clients.models import Client, ClientSecret
from clients.secrets import credentials, last_used, rotation
from clients.secrets.rotation import LONGEST_OVERLAP, MOST_LIVE, NoSuchSecret, Wanted
from clients.writing import ChangedMeanwhile, Refused
from tests.clients.people import BY, client_named, registered

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR = timedelta(hours=1)
CUSTOM = "a-secret-of-our-own-7391"


def rotate(client: Client, **how: Any) -> credentials.Issued:
    return rotation.rotate(client=client, **{"by": BY, "now": NOW, **how})


def works(secret: str | None, client: Client, *, after: timedelta = timedelta(0)) -> bool:
    live = credentials.live_secrets(client.pk, now=NOW + after)
    return credentials.find(str(secret), live) is not None


def row(key_id: str) -> ClientSecret:
    return ClientSecret.objects.get(key_id=key_id)


def last_event() -> Event:
    return Event.objects.order_by("pk").last()  # type: ignore[return-value]


def said(event: Event) -> dict[str, Any]:
    """What the event says of the secrets, beside the client's revision."""
    return {key: value for key, value in event.detail.items() if key != "revision"}


# ── Rotating ──


@pytest.mark.parametrize("overlap", [HOUR, 24 * HOUR, timedelta(days=30), LONGEST_OVERLAP])
def test_r15_the_earlier_secret_works_for_the_overlap_and_not_a_moment_longer(overlap: timedelta) -> None:
    new = registered()
    issued = rotate(new.client, overlap=overlap)
    assert works(issued.secret, new.client)
    assert works(new.secret, new.client, after=overlap - timedelta(seconds=1))
    assert not works(new.secret, new.client, after=overlap)
    assert works(issued.secret, new.client, after=2 * overlap)


def test_r15_an_overlap_never_lengthens_the_life_of_a_secret() -> None:
    client = registered().client
    short = rotate(client, overlap=24 * HOUR, wanted=Wanted(expires_at=NOW + HOUR))
    long = rotate(client, overlap=24 * HOUR, wanted=Wanted(expires_at=NOW + 48 * HOUR))
    rotate(client, overlap=6 * HOUR)
    assert (row(short.key_id).expires_at, row(long.key_id).expires_at) == (NOW + HOUR, NOW + 6 * HOUR)


def test_r15_without_an_overlap_all_others_stop_at_once() -> None:
    new = registered()
    second = rotate(new.client, overlap=HOUR)
    third = rotate(new.client)
    assert [works(secret, new.client) for secret in (new.secret, second.secret, third.secret)] == [False, False, True]


def test_r15_label_maker_time_and_end_are_kept_with_the_secret() -> None:
    client = registered().client
    issued = rotate(client, overlap=HOUR, wanted=Wanted(label="  Batch host é🦀 ", expires_at=NOW + HOUR))
    kept = row(issued.key_id)
    assert (kept.label, kept.created, kept.created_by, kept.expires_at) == (
        "Batch host é🦀", NOW, "mara", NOW + HOUR,
    )  # fmt: skip


def test_r15_the_event_says_what_was_replaced_until_when_and_no_secret() -> None:
    new = registered(custom_secret=CUSTOM)
    (old,) = new.client.secrets.all()
    issued = rotate(new.client, overlap=HOUR, wanted=Wanted(label="Host"))
    event = last_event()
    assert event.kind == "client.secret_rotated"
    assert said(event) == {
        "keyId": issued.key_id, "label": "Host", "expires": "", "earlier": [old.key_id],
        "earlierUntil": exact(NOW + HOUR),
    }  # fmt: skip
    rotate(new.client)
    assert (last_event().kind, last_event().detail["ended"]) == ("client.secret_reset", 2)
    trail = str(list(Event.objects.values()))
    assert issued.secret not in trail
    assert CUSTOM not in trail


def test_r15_what_has_expired_is_put_away_by_the_next_rotation() -> None:
    client = registered(custom_secret=CUSTOM).client
    client.secrets.update(expires_at=NOW - HOUR)
    rotate(client, overlap=HOUR, wanted=Wanted(custom=CUSTOM + "-2"))
    assert [secret.custom for secret in rotation.standing(client)] == [True]
    assert works(CUSTOM + "-2", client)


def test_r15_r13_a_second_custom_secret_is_refused_while_one_lives_beside_it_and_says_how_to_mend() -> None:
    client = registered(custom_secret=CUSTOM).client
    (old,) = rotation.standing(client)
    with pytest.raises(Refused) as refusal:
        rotate(client, overlap=HOUR, wanted=Wanted(custom=CUSTOM + "-2"))
    (fault,) = refusal.value.faults
    assert (fault.field, fault.code) == ("client_secret", "second-custom")
    for words in (old.key_id, "generated", "stop at once", "retire"):
        assert words in fault.message
    assert works(CUSTOM, client)
    rotation.retire(client=client, key_id=old.key_id, by=BY, now=NOW)
    rotate(client, overlap=HOUR, wanted=Wanted(custom=CUSTOM + "-2"))
    rotate(client, wanted=Wanted(custom=CUSTOM))
    assert works(CUSTOM, client)


def test_r15_the_number_of_live_secrets_is_bounded_and_retiring_makes_room() -> None:
    client = registered().client
    for _ in range(MOST_LIVE - 1):
        rotate(client, overlap=HOUR)
    with pytest.raises(Refused) as refusal:
        rotate(client, overlap=HOUR)
    assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("overlap", "too-many")]
    rotation.retire(client=client, key_id=rotation.standing(client)[-1].key_id, by=BY, now=NOW)
    rotate(client, overlap=HOUR)
    assert len(rotation.standing(client)) == MOST_LIVE
    rotate(client)
    assert len(rotation.standing(client)) == 1


@pytest.mark.parametrize(
    ("how", "field", "code"),
    [
        ({"overlap": -HOUR}, "overlap", "too-long"),
        ({"overlap": LONGEST_OVERLAP + HOUR}, "overlap", "too-long"),
        ({"wanted": Wanted(label="x" * 101)}, "label", "label"),
        ({"wanted": Wanted(label="x" * 256)}, "label", "label"),
        ({"wanted": Wanted(label="a\x00b")}, "label", "label"),
        ({"wanted": Wanted(label="a\nb")}, "label", "label"),
        ({"wanted": Wanted(label="a\u202eb")}, "label", "label"),
        ({"wanted": Wanted(expires_at=NOW)}, "expires", "past"),
        ({"wanted": Wanted(expires_at=NOW - HOUR)}, "expires", "past"),
        ({"wanted": Wanted(expires_at=NOW + timedelta(days=9000))}, "expires", "far"),
        ({"wanted": Wanted(custom="short")}, "client_secret", "weak"),
        ({"wanted": Wanted(custom="")}, "client_secret", "weak"),
        ({"wanted": Wanted(custom="asc_looks-like-one-of-ours")}, "client_secret", "weak"),
    ],
)
def test_r15_what_is_wrong_is_named_at_its_field_and_nothing_is_written(
    how: dict[str, Any], field: str, code: str
) -> None:
    new = registered()
    events = Event.objects.count()
    with pytest.raises(Refused) as refusal:
        rotate(new.client, **how)
    assert [(fault.field, fault.code) for fault in refusal.value.faults] == [(field, code)]
    assert works(new.secret, new.client, after=timedelta(days=9))
    assert Event.objects.count() == events


def test_r15_a_public_client_has_nothing_to_rotate() -> None:
    client = client_named("Phone", type="public", grants=("personal_access_token",))
    with pytest.raises(Refused, match="no secret"):
        rotate(client, overlap=HOUR)


def test_r15_of_two_rotations_at_once_the_later_one_is_told_and_makes_nothing() -> None:
    first = registered().client
    second = Client.objects.get(pk=first.pk)
    rotate(first, overlap=HOUR)
    with pytest.raises(ChangedMeanwhile):
        rotate(second, overlap=HOUR)
    assert len(rotation.standing(first)) == 2


# ── Retiring and changing ──


def test_r15_retiring_ends_this_one_alone_and_is_audited_with_its_use() -> None:
    new = registered()
    (old,) = rotation.standing(new.client)
    issued = rotate(new.client, overlap=24 * HOUR)
    ClientSecret.objects.filter(pk=old.pk).update(last_used_at=NOW, last_used_from="192.0.2.7")
    rotation.retire(client=new.client, key_id=old.key_id, by=BY, now=NOW)
    assert (works(new.secret, new.client), works(issued.secret, new.client)) == (False, True)
    assert last_event().kind == "client.secret_retired"
    assert said(last_event()) == {
        "keyId": old.key_id, "label": "", "lastUsed": exact(NOW), "lastUsedFrom": "192.0.2.7",
    }  # fmt: skip


def test_r15_no_other_clients_secret_and_none_that_is_gone_can_be_retired_or_changed() -> None:
    client, other = client_named("One"), client_named("Other")
    (theirs,) = rotation.standing(other)
    (gone,) = rotation.standing(client)
    rotate(client)
    for key_id in (theirs.key_id, gone.key_id, "", "x" * 300, "a\x00b", gone.key_id.swapcase()):
        with pytest.raises(NoSuchSecret):
            rotation.retire(client=client, key_id=key_id, by=BY, now=NOW)
        with pytest.raises(NoSuchSecret):
            rotation.change(client=client, key_id=key_id, label="x", expires_at=None, by=BY, now=NOW)
    assert len(rotation.standing(other)) == 1


def test_r15_label_and_end_of_a_live_secret_can_be_changed_and_an_expired_one_stays_expired() -> None:
    new = registered()
    (old,) = rotation.standing(new.client)
    how: dict[str, Any] = {"client": new.client, "key_id": old.key_id, "by": BY, "now": NOW}
    assert rotation.change(**how, label=" Host ", expires_at=NOW + HOUR)
    assert last_event().changes == {
        "label": ["", "Host"], "expires": ["", exact(NOW + HOUR)],
    }  # fmt: skip
    revision = new.client.revision
    assert not rotation.change(**how, label="Host", expires_at=NOW + HOUR)
    assert new.client.revision == revision
    with pytest.raises(Refused, match="past"):
        rotation.change(**how, label="Host", expires_at=NOW)
    ClientSecret.objects.filter(pk=old.pk).update(expires_at=NOW)
    with pytest.raises(Refused, match="has expired"):
        rotation.change(**how, label="Host", expires_at=NOW + HOUR)
    assert not works(new.secret, new.client)


def test_r43_r61_protected_and_system_clients_keep_their_secrets() -> None:
    kept, system = registered(), Client.objects.get(client_id="test")
    Client.objects.filter(pk=kept.client.pk).update(is_protected=True, protected_reason="Ask.")
    kept.client.refresh_from_db()
    for client, refusal in ((kept.client, Protected), (system, SystemOwned)):
        key_id = rotation.standing(client)[0].key_id
        with pytest.raises(refusal):
            rotate(client, overlap=HOUR)
        with pytest.raises(refusal):
            rotation.retire(client=client, key_id=key_id, by=BY, now=NOW)
        with pytest.raises(refusal):
            rotation.change(client=client, key_id=key_id, label="x", expires_at=None, by=BY, now=NOW)
    assert works(kept.secret, kept.client)


# ── What is known of use ──


def test_r15_first_use_last_use_and_address_are_kept_and_never_move_backwards() -> None:
    client = registered().client
    (secret,) = rotation.standing(client)
    for minutes, address in ((5, "192.0.2.5"), (3, "192.0.2.3"), (9, "192.0.2.9")):
        at = NOW + timedelta(minutes=minutes)
        last_used.note(client_pk=client.pk, secret_pk=secret.pk, address=address, now=at)
        last_used.flush()
    secret.refresh_from_db()
    assert secret.first_used_at == NOW + timedelta(minutes=5)
    assert (secret.last_used_at, secret.last_used_from) == (NOW + timedelta(minutes=9), "192.0.2.9")
