"""Refusals are recorded once a period, counted after that, and bounded in number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from audit.models import Event, RefusalWindow
from audit.recording import NOTHING, Actor
from audit.refusal_windows import GRACE, PERIOD, REPEATED, Refusal, close_expired
from audit.refusals import MOST_NEW_A_MINUTE, RefusalRecorder, record_refusal

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + PERIOD + GRACE

pytestmark = pytest.mark.django_db


def refusal(key: str = "bad secret", **values: Any) -> Refusal:
    facts: dict[str, Any] = {
        "kind": "token.refused",
        "key": (key, "10.0.0.1"),
        "actor": Actor(name="reports", address="10.0.0.1"),
        "subject": NOTHING,
        "detail": {"reason": key},
    }
    return Refusal(**{**facts, **values})


def refuse(worker: RefusalRecorder, key: str = "bad secret", *, now: datetime = NOW, reference: str = "R-1") -> str:
    return worker.record(refusal(key), now=now, reference=reference)


def test_the_first_refusal_is_an_event_with_its_reference() -> None:
    assert refuse(RefusalRecorder()) == "R-1"
    event = Event.objects.get()
    assert (event.kind, event.reference, event.actor_name) == ("token.refused", "R-1", "reports")
    assert event.detail == {"reason": "bad secret"}


def test_a_repeated_refusal_answers_the_first_reference_without_a_statement() -> None:
    worker = RefusalRecorder()
    refuse(worker)
    with CaptureQueriesContext(
        connection,
    ) as statements:
        assert refuse(worker, reference="R-2", now=NOW + timedelta(seconds=59)) == "R-1"
    assert len(statements) == 0
    assert Event.objects.count() == 1


def test_another_worker_shares_the_window_and_its_reference() -> None:
    refuse(RefusalRecorder(), reference="R-1")
    assert refuse(RefusalRecorder(), reference="R-2") == "R-1"
    assert Event.objects.count() == 1
    assert RefusalWindow.objects.get().repeats == 1


def test_a_closed_window_leaves_one_event_with_the_count_of_all_workers() -> None:
    one, other = RefusalRecorder(), RefusalRecorder()
    for worker, reference in ((one, "R-1"), (other, "R-2")):
        for _ in range(5):
            assert refuse(worker, reference=reference) == "R-1"
        worker.flush(now=NOW)
    assert close_expired(LATER) == 1
    first, closing = Event.objects.order_by("pk")
    assert (closing.kind, closing.reference) == (REPEATED, first.reference)
    assert closing.detail == {"of": "token.refused", "repeats": 9, "since": NOW.isoformat()}
    assert (closing.actor_name, closing.address) == ("reports", "10.0.0.1")
    assert not RefusalWindow.objects.exists()


def test_a_window_without_repeats_closes_without_an_event() -> None:
    refuse(RefusalRecorder())
    assert close_expired(LATER) == 1
    assert Event.objects.count() == 1


def test_a_window_is_not_closed_while_workers_may_still_write_to_it() -> None:
    refuse(RefusalRecorder())
    assert close_expired(NOW + PERIOD) == 0


def test_the_same_refusal_after_the_period_is_a_new_event_and_closes_the_old_window() -> None:
    worker = RefusalRecorder()
    refuse(worker)
    refuse(worker)
    worker.flush(now=NOW)
    assert refuse(worker, now=NOW + PERIOD, reference="R-2") == "R-2"
    assert [event.kind for event in Event.objects.order_by("pk")] == ["token.refused", REPEATED, "token.refused"]


def test_repeats_written_after_their_window_closed_are_not_lost() -> None:
    worker = RefusalRecorder()
    refuse(worker)
    refuse(worker)
    close_expired(LATER)
    worker.flush(now=LATER)
    assert Event.objects.get(kind=REPEATED).detail["repeats"] == 1


def test_a_flush_that_fails_keeps_the_count() -> None:
    worker = RefusalRecorder()
    refuse(worker)
    refuse(worker)
    away = mock.patch("audit.refusals.add_repeats", side_effect=OperationalError)
    with away, pytest.raises(OperationalError):
        worker.flush(now=NOW)
    worker.flush(now=NOW)
    assert RefusalWindow.objects.get().repeats == 1


def test_too_many_different_refusals_a_minute_are_counted_together() -> None:
    worker = RefusalRecorder()
    references = {refuse(worker, f"key {n}", reference=f"R-{n}") for n in range(MOST_NEW_A_MINUTE + 50)}
    assert len(references) == MOST_NEW_A_MINUTE + 1
    assert Event.objects.count() == MOST_NEW_A_MINUTE + 1
    assert "flood" in Event.objects.latest("pk").detail
    assert refuse(worker, "a calmer minute", now=NOW + PERIOD, reference="R-calm") == "R-calm"


def test_a_database_that_is_away_costs_no_answer_and_is_left_alone_for_a_while() -> None:
    worker = RefusalRecorder()
    with mock.patch("audit.refusals.open_or_join", side_effect=OperationalError) as opened:
        assert refuse(worker, "one") == "R-1"
        assert refuse(worker, "two", now=NOW + timedelta(seconds=1)) == "R-1"
        assert opened.call_count == 1
    assert refuse(worker, "one", now=NOW + timedelta(seconds=6), reference="R-3") == "R-3"
    assert Event.objects.get().reference == "R-3"


@pytest.mark.parametrize("text", ["NUL \x00", "lone \ud800", "<script>", "\r\nX: y", "x" * 100_000])
def test_what_an_attacker_typed_is_stored_bounded_and_never_a_fault(text: str) -> None:
    record_refusal(
        kind="sign_in.failed",
        key=(text,),
        actor=Actor(name=text, address="10.0.0.1"),
        subject=NOTHING,
        detail={"name": text},
        now=NOW,
    )
    event = Event.objects.get()
    assert len(event.actor_name) <= 255
    assert len(event.detail["name"]) <= 500
    assert "\x00" not in event.detail["name"]


def test_a_reference_is_made_where_none_is_given() -> None:
    reference = record_refusal(
        kind="token.refused", key=("x",), actor=Actor(name=""), subject=NOTHING, detail={}, now=NOW
    )
    assert reference.startswith("R-")
