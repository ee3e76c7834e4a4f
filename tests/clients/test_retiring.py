"""Whether a secret is safe to retire, told from use alone (R15)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clients.models import ClientSecret
from clients.secrets.retiring import light

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def ago(days: float | None) -> datetime | None:
    return None if days is None else NOW - timedelta(days=days)


def secret(
    key_id: str, *, made: float, first: float | None = None, last: float | None = None, ends: float | None = None
) -> ClientSecret:
    """Everything in days ago; `ends` in days ahead."""
    return ClientSecret(
        key_id=key_id, created=NOW - timedelta(days=made), first_used_at=ago(first), last_used_at=ago(last),
        expires_at=None if ends is None else NOW + timedelta(days=ends),
    )  # fmt: skip


USED = {"made": 100, "first": 99}
CASES = [
    ("alone and used", secret("old", **USED, last=0.1), [], "in use", False, "The client relies on it"),
    ("alone and long silent", secret("old", **USED, last=45), [], "quiet", False,
     "Unused for 45 days, and no other is in use"),
    ("just made, alone", secret("old", made=0.1), [], "never used", False, "Waits for the client"),
    ("just made, beside the old one", secret("new", made=0.1), [secret("old", **USED, last=0.1)], "never used", False,
     "Waits for the client to move over"),
    ("never used, old, alone", secret("old", made=312), [], "never used", False, "Set 312 days ago"),
    ("never used, old, another lives", secret("old", made=312), [secret("new", made=1)], "never used", True,
     "Set 312 days ago"),
    ("never used, old, another has expired", secret("old", made=312), [secret("new", made=9, ends=-1)], "never used",
     False, "Set 312 days ago"),
    ("the newer one waits", secret("old", **USED, last=0.1), [secret("new", made=1)], "in use", False,
     "The client relies on it"),
    ("the newer one waits, and this one ends", secret("old", **USED, last=0.1, ends=1), [secret("new", made=1)],
     "in use", False, "The client has not moved over yet"),
    ("a spare waits, and this one ends in a year", secret("old", **USED, last=0.1, ends=365),
     [secret("new", made=1, ends=9000)], "in use", False, "The client relies on it"),
    ("a spare waits that ends before this one", secret("old", **USED, last=0.1, ends=20),
     [secret("new", made=1, ends=1)], "in use", False, "The client relies on it"),
    ("both in use", secret("old", **USED, last=0.1), [secret("new", made=5, first=4, last=0.1)], "in use", False,
     "Still used, beside new"),
    ("taken over an hour ago", secret("old", **USED, last=0.1), [secret("new", made=1, first=0.04, last=0.01)],
     "quiet", False, "Silent since new took over, for less than a day"),
    ("taken over a day ago to the second", secret("old", **USED, last=1), [secret("new", made=2, first=1, last=0)],
     "safe to retire", True, "Unused since new took over"),
    ("used once more after the switch, weeks ago", secret("old", **USED, last=20),
     [secret("new", made=30, first=29, last=0.1)], "in use", False, "Still used, beside new"),
    ("used once more after the switch, months ago", secret("old", **USED, last=30),
     [secret("new", made=60, first=59, last=0.1)], "safe to retire", True, "Unused for 30 days, while new is in use"),
    ("the client went back to the older one", secret("new", made=60, first=59, last=40),
     [secret("old", **USED, last=0.1)], "safe to retire", True, "Unused for 40 days, while old is in use"),
    ("the newer one took over and has expired", secret("old", **USED, last=40),
     [secret("new", made=60, first=39, last=20, ends=-1)], "quiet", False,
     "Unused for 40 days, and no other is in use"),
    ("both silent, the newer one took over long ago", secret("old", **USED, last=90),
     [secret("new", made=95, first=89, last=60)], "safe to retire", True, "Unused since new took over"),
    ("expired", secret("old", **USED, last=0.1, ends=0), [secret("new", made=1)], "expired", True,
     "It no longer works"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "others", "standing", "safe", "why"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_r15_the_light_follows_use(
    row: ClientSecret, others: list[ClientSecret], standing: str, safe: bool, why: str
) -> None:
    found = light(row, others=others, now=NOW)
    assert (found.standing, found.safe, found.why) == (standing, safe, why)


def test_r15_the_only_live_secret_is_never_called_safe_to_retire() -> None:
    for last in (None, 0.1, 29, 31, 3000):
        row = secret("old", made=4000, first=None if last is None else 3999, last=last)
        assert not light(row, others=[secret("gone", made=1, first=0.9, last=0.5, ends=-0.1)], now=NOW).safe
