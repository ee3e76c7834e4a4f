"""What an opaque token looks like; how long it lives (R26-R28)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tokens import formats, lifetimes

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_token_is_recognisable_random_and_checked() -> None:
    first, second = formats.new_opaque_token(NOW), formats.new_opaque_token(NOW)
    assert first != second
    assert first.startswith("asa_")
    assert first[:7] == second[:7]
    assert formats.looks_issued(first)
    assert not formats.looks_issued(first[:-1] + ("0" if first[-1] != "0" else "1"))


@pytest.mark.parametrize("value", ["", "asa_", "x" * 56, "asa_" + "é" * 52, "asa_" + "0" * 51])
def test_what_was_never_issued_does_not_look_issued(value: str) -> None:
    assert not formats.looks_issued(value)


def test_r28_a_token_that_never_expires_says_so_and_has_no_expires_in() -> None:
    assert formats.new_opaque_token(None)[4:7] == formats.NEVER
    assert lifetimes.expires_in(None, now=NOW) is None


def test_the_expiry_day_never_reads_as_never() -> None:
    days = {formats.expiry_day(NOW + timedelta(days=n)) for n in range(500)}
    assert len(days) == 500
    assert formats.NEVER not in days | {formats.expiry_day(datetime(2020, 1, 1, tzinfo=UTC))}


@pytest.mark.parametrize(
    ("lifetime", "never", "seconds"),
    [(None, False, 3600), (1, False, 1), (2_147_483_647, False, 2_147_483_647), (60, True, None)],
)
def test_r27_the_clients_lifetime_or_the_global_one(lifetime: int | None, never: bool, seconds: int | None) -> None:
    expires = lifetimes.access_token_expiry(lifetime=lifetime, never_expires=never, global_lifetime=3600, now=NOW)
    assert lifetimes.expires_in(expires, now=NOW) == seconds


def test_r26_expires_in_is_what_remains() -> None:
    assert lifetimes.expires_in(NOW + timedelta(seconds=90), now=NOW + timedelta(seconds=30)) == 60
    assert lifetimes.expires_in(NOW, now=NOW + timedelta(seconds=30)) == 0


def test_a_clock_near_the_end_of_the_calendar_does_not_overflow() -> None:
    late = datetime(9999, 6, 1, tzinfo=UTC)
    expires = lifetimes.access_token_expiry(lifetime=2**31 - 1, never_expires=False, global_lifetime=1, now=late)
    assert expires == lifetimes.LAST_MOMENT
