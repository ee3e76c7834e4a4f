"""Events are sealed in order, once, into a chain that shows every later change."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from unittest import mock

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import F

import audit
from audit import sealing, verification
from audit.chain import FIRST, event_hash
from audit.maintenance_jobs import JOBS
from audit.models import ChainHead, Event
from tests.ground.running import MakeServer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SOMEBODY = audit.Actor(name="ada", id=7, address="2001:db8::1", request_id="r1")


def record(number: int) -> Event:
    return audit.record(
        "client.changed",
        actor=SOMEBODY,
        subject=audit.Subject("client", number, f"Client {number}"),
        at=NOW + timedelta(seconds=number),
        reason="Because \u201cof\u201d it",
        changes={"allowedScope": ["", "é ☃ \U0001f600"], "limit": [None, 2**62], "pkceRequired": [True, False]},
        detail={"nested": {"b": [1, 2], "a": {}}},
    )


@pytest.fixture
def sealed() -> None:
    for number in range(1, 8):
        record(number)
    assert sealing.seal(NOW) == 7


def test_events_are_sealed_in_the_order_of_their_insertion() -> None:
    events = [record(number) for number in (3, 1, 2)]
    assert [event.sequence for event in events] == [None, None, None]
    assert sealing.seal(NOW) == 3
    assert sealing.seal(NOW) == 0
    rows = list(Event.objects.order_by("sequence"))
    assert [row.pk for row in rows] == [event.pk for event in events]
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert [row.previous_hash for row in rows] == [FIRST, rows[0].hash, rows[1].hash]
    assert ChainHead.objects.get().hash == rows[2].hash


def test_sealing_goes_on_over_batches_and_runs() -> None:
    with mock.patch.object(sealing, "BATCH", 2):
        for _ in range(2):
            for number in range(5):
                record(number)
            assert sealing.seal(NOW) == 5
    with mock.patch.object(verification, "BATCH", 3):
        assert verification.verify().held == 10


def test_a_hash_is_the_same_after_the_database_gave_the_event_back(sealed: None) -> None:
    for row in Event.objects.all():
        assert row.sequence is not None
        assert event_hash(row, sequence=row.sequence, previous_hash=row.previous_hash) == row.hash


def test_a_hash_is_the_same_in_every_time_zone_and_key_order() -> None:
    event = record(1)
    first = event_hash(event, sequence=1, previous_hash=FIRST)
    event.at = event.at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    event.changes = dict(reversed(event.changes.items()))
    assert event_hash(event, sequence=1, previous_hash=FIRST) == first


def test_a_known_event_has_a_known_hash() -> None:
    """The form of the chain is a contract with the past: a changed form would call every old event broken."""
    event = Event(
        id=1, at=NOW, kind="sign_out", actor_id=7, actor_name="ada", address="192.0.2.1", request_id="r",
        subject_kind="user", subject_id=7, subject_name="ada",
    )  # fmt: skip
    known = "1cc37dbed92982eca5ca08319980ad05fcd1a8b94055ca67b77d04b4f6dc2dc4"
    assert event_hash(event, sequence=1, previous_hash=FIRST) == known


def test_of_two_sealers_at_once_the_later_one_gives_way() -> None:
    record(1)
    read_by_the_slow_one = ChainHead.objects.get_or_create(pk=1, defaults={"sequence": 0, "hash": FIRST})
    record(2)
    sealing.seal(NOW)
    record(3)
    with mock.patch.object(ChainHead.objects, "get_or_create", return_value=read_by_the_slow_one):
        with pytest.raises(sealing.Raced):
            sealing._seal_batch()
        assert sealing.seal(NOW) == 0
    assert sealing.seal(NOW) == 1
    assert verification.verify().broken is None


def test_an_untouched_chain_holds(sealed: None) -> None:
    record(8)
    result = verification.verify()
    assert (result.held, result.unsealed, result.broken) == (7, 1, None)
    assert result.last_hash == Event.objects.get(sequence=7).hash


def rehash(sequence: int) -> None:
    """What somebody would do who knows how the chain is made."""
    row = Event.objects.get(sequence=sequence)
    row.hash = event_hash(row, sequence=sequence, previous_hash=row.previous_hash)
    row.save()


def change_and_rehash() -> None:
    Event.objects.filter(sequence=4).update(actor_name="eve")
    rehash(4)


def renumber() -> None:
    Event.objects.filter(sequence=4).delete()
    Event.objects.filter(sequence__gt=4).update(sequence=F("sequence") + 100)
    Event.objects.filter(sequence__gt=104).update(sequence=F("sequence") - 101)


def swap() -> None:
    for old, new in ((4, 100), (5, 4), (100, 5)):
        Event.objects.filter(sequence=old).update(sequence=new)


def insert(sequence: int) -> Callable[[], None]:
    def insertion() -> None:
        row = record(99)
        Event.objects.filter(pk=row.pk).update(sequence=sequence, previous_hash=FIRST)
        rehash(sequence)

    return insertion


def replace_the_last_and_rehash() -> None:
    Event.objects.filter(sequence=7).update(kind="client.created")
    rehash(7)


TAMPERINGS: list[tuple[str, Callable[[], object], int, str]] = [
    (field, lambda field=field, value=value: Event.objects.filter(sequence=4).update(**{field: value}), 4, "changed")
    for field, value in {
        "at": NOW,
        "kind": "x",
        "actor_id": 8,
        "actor_name": "eve",
        "address": "192.0.2.9",
        "request_id": "r2",
        "subject_kind": "user",
        "subject_id": 1,
        "subject_name": "Client 5",
        "reference": "R-1",
        "reason": "",
        "changes": {},
        "detail": {"nested": {}},
        "hash": "0" * 64,
    }.items()
] + [
    ("changed and hashed again", change_and_rehash, 5, "does not follow event 4"),
    ("previous hash", lambda: Event.objects.filter(sequence=4).update(previous_hash=FIRST), 4, "changed"),
    ("removed", lambda: Event.objects.filter(sequence=4).delete(), 4, "missing"),
    ("first removed", lambda: Event.objects.filter(sequence=1).delete(), 1, "missing"),
    ("last removed", lambda: Event.objects.filter(sequence=7).delete(), 7, "missing"),
    ("all removed", lambda: Event.objects.all().delete(), 1, "missing"),
    ("unsealed again", lambda: Event.objects.filter(sequence=4).update(sequence=None), 4, "missing"),
    ("removed and numbered again", renumber, 4, "changed"),
    ("two swapped", swap, 4, "changed"),
    ("put in before the first", insert(0), 0, "inserted"),
    ("put in after the last", insert(8), 8, "inserted"),
    ("last one hashed again", replace_the_last_and_rehash, 7, "not the one"),
]


@pytest.mark.parametrize(("name", "tamper", "sequence", "how"), TAMPERINGS, ids=[row[0] for row in TAMPERINGS])
def test_tampering_is_found_at_its_place(
    sealed: None, name: str, tamper: Callable[[], object], sequence: int, how: str
) -> None:
    tamper()
    broken = verification.verify().broken
    assert broken is not None
    assert broken.sequence == sequence
    assert how in broken.how


def test_an_event_put_in_beyond_the_head_stops_sealing_but_breaks_nothing_else(sealed: None) -> None:
    insert(8)()
    record(9)
    assert sealing.seal(NOW) == 0


def test_the_command_says_how_many_hold_and_how_many_wait(sealed: None) -> None:
    record(8)
    output = StringIO()
    call_command("audit", "verify", stdout=output)
    assert "7 events hold." in output.getvalue()
    assert "Not sealed yet: 1 event." in output.getvalue()
    assert Event.objects.get(sequence=7).hash in output.getvalue()


def test_the_command_names_the_first_broken_event_and_ends_with_1(sealed: None) -> None:
    Event.objects.filter(sequence__in=(4, 6)).update(reason="")
    with pytest.raises(CommandError, match=r"Event 4 was changed .* 3 events before it hold") as refused:
        call_command("audit", "verify")
    assert refused.value.returncode == 1


def test_the_command_has_a_sentence_for_an_empty_trail() -> None:
    output = StringIO()
    call_command("audit", "verify", stdout=output)
    assert output.getvalue() == "No event is sealed yet.\n"


def test_the_maintenance_loop_seals() -> None:
    record(1)
    next(job for job in JOBS if "seal" in job.name).run(NOW)
    assert verification.verify().held == 1


def test_four_sealing_processes_at_once_make_one_chain(server: MakeServer) -> None:
    one = server(started=False)
    one.shell("import audit\nfor number in range(500): audit.record('sign_out', actor=audit.Actor(name=str(number)))")
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(one.shell, ["from audit.sealing import seal; print(seal())"] * 4))
    one.shell("from audit.sealing import seal; seal()")  # whoever gave way has left the rest to the next run
    assert "500 events hold." in one.manage("audit", "verify")
    assert sum(map(int, counts)) <= 500
