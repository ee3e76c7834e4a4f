"""How long what is issued lives (R27, R28)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

LONGEST = 2_147_483_647  # seconds
# datetime ends with the year 9999; an expiry past it is as far as the calendar reaches.
LAST_MOMENT = datetime(9999, 12, 31, tzinfo=UTC)


def access_token_expiry(
    *, lifetime: int | None, never_expires: bool, global_lifetime: int, now: datetime
) -> datetime | None:
    """When an access token issued `now` ends; None: never. `lifetime` None: the global setting, in seconds."""
    if never_expires:
        return None
    seconds = min(global_lifetime if lifetime is None else lifetime, LONGEST)
    if (LAST_MOMENT - now).total_seconds() <= seconds:
        return LAST_MOMENT
    return now + timedelta(seconds=seconds)


def expires_in(expires: datetime | None, *, now: datetime) -> int | None:
    """Remaining whole seconds, rounded up, as R26 answers them; None is omitted (R28)."""
    return None if expires is None else max(0, -int((now - expires) // timedelta(seconds=1)))
