"""Recording refusals so that nobody can fill the store with them, and so that a repeated one costs no statement.

The first of equal refusals within a period is an event; those after it answer with its reference and are counted
in this worker's memory, which its flushing thread writes to the shared window every few seconds. The number of
different refusals that a worker records in a minute is bounded: beyond it, all of one kind are counted together.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import Error as DatabaseError
from django.utils import timezone

from audit.randomness import new_reference
from audit.recording import NOTHING, Actor, Subject
from audit.refusal_windows import Refusal, Window, add_repeats, open_or_join

MOST_NEW_A_MINUTE = 600  # windows that one worker opens
MOST_REMEMBERED = 10_000  # windows in one worker's memory
PAUSE = timedelta(seconds=5)  # after the database failed, before a refusal tries it again
COARSE = "*"
First = Callable[[str], None] | None

log = structlog.get_logger("audit.refusals")


def record_refusal(
    *,
    kind: str,
    key: tuple[str, ...],
    actor: Actor,
    subject: Subject,
    detail: Mapping[str, Any],
    now: datetime,
    reference: str | None = None,
    first: Callable[[str], None] | None = None,
) -> str:
    """Record that something was refused; returns the reference id under which it is found.

    `key` says which refusals are equal (the reason, who, from where). `detail` never holds a secret. `reference`
    is used for a first refusal; a repeated one has the first one's. `first` is called with the reference of a first
    one, to keep more of it than its event says; as rarely, so that it fills no store either. Never raises, neither for
    a database that is away (the refusal is then in the log alone) nor for `first`. Call it outside a transaction that
    may be rolled back.
    """
    refusal = Refusal(kind=kind, key=key, actor=actor, subject=subject, detail=detail)
    return _worker.record(refusal, now=now, reference=reference or new_reference(), first=first)


def flush() -> None:
    """Write this worker's counts (called every few seconds, and at its end)."""
    _worker.flush(now=timezone.now())


@dataclass
class _Count:
    """A window that this worker knows, and the repeats that are not written yet."""

    window: Window
    unwritten: int = 0


class RefusalRecorder:
    """One worker's memory of open windows. Thread-safe; the lock is never held during a database statement."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, _Count] = {}
        self._minute = 0
        self._opened_this_minute = 0
        self._paused_until: datetime | None = None

    def record(self, refusal: Refusal, *, now: datetime, reference: str, first: First = None) -> str:
        """The reference under which `refusal` is found; see `record_refusal`."""
        known = self._count(refusal, now=now)
        if known is None and not self._may_open(now):
            refusal = coarse(refusal)
            known = self._count(refusal, now=now)
        return known or self._open(refusal, now=now, reference=reference, first=first)

    def _count(self, refusal: Refusal, *, now: datetime) -> str | None:
        """Count a repeat; None for the first one."""
        with self._lock:
            count = self._counts.get(refusal.digest)
            if count is None or count.window.closes_at <= now:
                return None
            count.unwritten += 1
            return count.window.reference

    def _may_open(self, now: datetime) -> bool:
        """Whether this worker may record one more different refusal in this minute."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute, self._opened_this_minute = minute, 0
            self._opened_this_minute += 1
            return self._opened_this_minute <= MOST_NEW_A_MINUTE

    def _open(self, refusal: Refusal, *, now: datetime, reference: str, first: First) -> str:
        """Record the first one; in the log alone while the database is away."""
        if self._paused_until is None or self._paused_until <= now:
            try:
                window = open_or_join(refusal, reference=reference, now=now)
                if first is not None and window.reference == reference:
                    _tell(first, reference)
            except DatabaseError as error:
                self._paused_until = now + PAUSE
                log.error("refusal.database", error=type(error).__name__)
            else:
                self._remember(window)
                return window.reference
        log.warning("refusal.unrecorded", kind=refusal.kind, reference=reference, address=refusal.actor.address)
        return reference

    def _remember(self, window: Window) -> None:
        """Keep the window; the oldest goes where too many are kept, and its few unwritten repeats with it."""
        with self._lock:
            kept = self._counts.pop(window.digest, None)
            unwritten = kept.unwritten if kept and kept.window.reference == window.reference else 0
            self._counts[window.digest] = _Count(window, unwritten)
            while len(self._counts) > MOST_REMEMBERED:
                del self._counts[next(iter(self._counts))]

    def flush(self, *, now: datetime) -> None:
        """Write what was counted, and forget the windows that have closed. Raises the database's errors."""
        with self._lock:
            due = [count for count in self._counts.values() if count.unwritten]
        for count in due:
            self._write(count, now=now)
        with self._lock:
            over = [digest for digest, count in self._counts.items() if count.window.closes_at <= now]
            for digest in over:
                if not self._counts[digest].unwritten:
                    del self._counts[digest]

    def _write(self, count: _Count, *, now: datetime) -> None:
        with self._lock:
            repeats, count.unwritten = count.unwritten, 0
        try:
            add_repeats(count.window, repeats, now=now)
        except DatabaseError:
            with self._lock:
                count.unwritten += repeats
            raise


def _tell(first: Callable[[str], None], reference: str) -> None:
    """A fault of what is kept besides must not become one of the answer."""
    try:
        first(reference)
    except DatabaseError:
        raise
    except Exception:
        log.exception("refusal.first", reference=reference)


def coarse(refusal: Refusal) -> Refusal:
    """The one refusal that stands for all of its kind while there are too many different ones."""
    return replace(
        refusal,
        key=(COARSE,),
        actor=Actor(name=""),
        subject=NOTHING,
        detail={"flood": f"More than {MOST_NEW_A_MINUTE} different refusals in a minute are counted together."},
    )


_worker = RefusalRecorder()
