"""The one way to this worker's counters: in the process, or in Redis where there is one; and its alarms.

That Redis is away, or was emptied, goes to the log, and as a refusal to the trail, where the dashboard finds it.
"""

from __future__ import annotations

import threading

import structlog
from django.conf import settings
from django.utils import timezone

from audit.recording import NOTHING, Actor
from audit.refusals import record_refusal
from policies.counters.in_process import InProcess
from policies.counters.shared import Shared
from policies.counters.shares import Shares
from policies.counters.window import Away, Counters, Window

FAILED = "counters.failed"  # the kind of the event
EMPTIED = "emptied"

log = structlog.get_logger("policies.counters")
_lock = threading.Lock()
_counters: Counters | None = None
# Of addresses, where there is no Redis or it is away. By themselves, so that no flood of them ends a client's window.
_addresses = InProcess()
# A client's budget is counted exactly below 20,000, an address's below 2,000: that one guards, and meters nobody. Each
# by themselves, so that no flood of addresses pushes out a client's share.
CLIENT_PARTS, ADDRESS_PARTS = 10_000, 1_000
_shares, _address_shares = Shares(parts=CLIENT_PARTS), Shares(parts=ADDRESS_PARTS)


def take(key: str, *, limit: int, period: int) -> Window:
    """Count one more of a client; `used` is above `limit` where it may not pass. Raises Away."""
    counters = _chosen()
    if isinstance(counters, Shared):
        return _shares.take(key, limit=limit, period=period, counters=counters)
    return counters.take(key, period=period)


def take_of_address(key: str, *, limit: int, period: int) -> Window:
    """The same of an address.

    While Redis is away each worker counts for itself, so that nobody without a budget is refused for it.
    """
    counters = _chosen()
    if isinstance(counters, Shared):
        try:
            return _address_shares.take(key, limit=limit, period=period, counters=counters)
        except Away:
            pass
    return _addresses.take(key, period=period)


def look(key: str) -> Window | None:
    """The running window, if there is one; nothing is counted. Raises Away."""
    return _chosen().look(key)


def are_away() -> bool:
    """Whether this worker holds its Redis to be away."""
    counters = _counters
    return isinstance(counters, Shared) and counters.breaker.open


def forget() -> None:
    """Begin anew, as a process does."""
    global _counters, _shares, _address_shares
    with _lock:
        _counters, _shares, _address_shares = None, Shares(parts=CLIENT_PARTS), Shares(parts=ADDRESS_PARTS)
        _addresses.reset()


def _chosen() -> Counters:
    global _counters
    if _counters is None:
        with _lock:
            if _counters is None:
                url = settings.AUTHSERVER.redis_url
                _counters = Shared(url, told=_alarm, back=_back) if url else InProcess()
    return _counters


def _alarm(reason: str) -> None:
    log.error("counters.emptied" if reason == EMPTIED else "counters.away", reason=reason)
    record_refusal(
        kind=FAILED,
        key=(reason,),
        actor=Actor(name=""),
        subject=NOTHING,
        detail={"reason": reason, "description": _DESCRIPTIONS.get(reason, "Redis did not answer.")},
        now=timezone.now(),
    )


_DESCRIPTIONS = {EMPTIED: "Redis was emptied: every budget began anew."}


def _back() -> None:
    log.warning("counters.back")
