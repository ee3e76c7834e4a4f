"""One thread a worker that writes, every few seconds, what its requests only gathered, and tidies up behind them."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable

import structlog
from django.db import connection

from audit import refusals
from authserver.sqlite.base import close_left_behind
from clients.secrets import last_used
from policies import seen_networks, use
from tokens import daily_counts
from tokens.personal import last_used as personal_last_used

EVERY = 3.0  # seconds
FLUSHES: tuple[Callable[[], object], ...] = (
    last_used.flush,
    seen_networks.flush,
    use.flush,
    daily_counts.flush,
    personal_last_used.flush,
    refusals.flush,
    close_left_behind,
)

log = structlog.get_logger("authserver.flushing")
_stop = threading.Event()


def start() -> None:
    """Begin in this worker process; what is still gathered at its end is written then."""
    threading.Thread(target=_run, name="flushing", daemon=True).start()
    atexit.register(stop)


def stop() -> None:
    _stop.set()
    flush_all()


def flush_all() -> None:
    """Each flush by itself: one that fails is logged, and the others go on."""
    for flush in FLUSHES:
        try:
            flush()
        except Exception as error:
            log.warning("flush.failed", flush=flush.__module__, error=type(error).__name__)
    connection.close()


def _run() -> None:
    while not _stop.wait(EVERY):
        flush_all()
