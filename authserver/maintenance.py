"""The maintenance loop: runs every job of `audit.maintenance_jobs` by itself, one loop at a time across machines.

A lease row decides which process runs it: a conditional UPDATE by the database's clock, so that machines need not
agree on the time. The holder renews it from a thread of its own, and a holder that has gone loses it within LEASE.
Should it freeze for longer and wake up beside its successor, jobs still meet at their own conditional UPDATEs.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from audit.maintenance_jobs import JOBS, Job
from audit.randomness import random_text
from authserver.models import MaintenanceLease

LEASE = timedelta(seconds=30)
RENEWAL = 10.0  # seconds
TICK = 1.0  # seconds between looks at what is due
LONGEST_BACK_OFF = 30.0  # seconds

log = structlog.get_logger("authserver.maintenance")


class Lease:
    """The right to run the loop, as this process holds it."""

    def __init__(self, holder: str | None = None) -> None:
        self.holder = holder or f"{socket.gethostname()[:30]}:{os.getpid()}:{random_text(8)}"

    def take(self) -> bool:
        """Take it if it is free or has run out, renew it if it is ours; whether it is ours now."""
        MaintenanceLease.objects.get_or_create(pk=1, defaults={"until": Now()})
        free = Q(until__lt=Now()) | Q(holder__in=("", self.holder))
        return bool(MaintenanceLease.objects.filter(free, pk=1).update(holder=self.holder, until=Now() + LEASE))

    def release(self) -> None:
        """Let another process go on at once."""
        MaintenanceLease.objects.filter(pk=1, holder=self.holder).update(holder="", until=Now())


class Schedule:
    """When each job is due, by a clock that only goes forward. A new holder runs everything at once."""

    def __init__(self, jobs: Iterable[Job], *, clock: Callable[[], float] = time.monotonic) -> None:
        self.jobs = tuple(jobs)
        self.clock = clock
        self.due: dict[str, float] = {}

    def run_due(self, now: datetime) -> None:
        """Run what is due, each by itself: a failed job waits its full period, one that met no database does not.

        Raises OperationalError or InterfaceError where the database is away.
        """
        for job in self.jobs:
            if self.clock() < self.due.get(job.name, float("-inf")):
                continue
            try:
                job.run(now)
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                log.exception("maintenance.job_failed", job=job.name)
            self.due[job.name] = self.clock() + job.every


class Maintenance:
    """The loop of one process, until `stop` is set."""

    def __init__(self, *, stop: threading.Event, jobs: Iterable[Job] = JOBS) -> None:
        self.stop = stop
        self.lease = Lease()
        self.schedule = Schedule(jobs)
        self.holding = threading.Event()

    def run(self) -> None:
        """Never raises for a job's or the database's sake."""
        threading.Thread(target=self._renew, name="lease", daemon=True).start()
        failures = 0
        while not self.stop.wait(_back_off(failures)):
            try:
                self._turn()
                failures = 0
            except (OperationalError, InterfaceError) as error:
                failures += 1
                self._lose("maintenance.database_unavailable", error=type(error).__name__)
        self._release()

    def _turn(self) -> None:
        """Take or keep the lease, then run what is due."""
        if not self.holding.is_set():
            if not self.lease.take():
                return
            log.info("maintenance.begun", holder=self.lease.holder)
            self.holding.set()
        self.schedule.run_due(timezone.now())

    def _renew(self) -> None:
        while not self.stop.wait(RENEWAL):
            if not self.holding.is_set():
                continue
            try:
                if not self.lease.take():
                    self._lose("maintenance.lease_lost")
            except (OperationalError, InterfaceError) as error:
                self._lose("maintenance.database_unavailable", error=type(error).__name__)

    def _lose(self, event: str, **details: str) -> None:
        """The loop takes it anew before the next job; a broken connection is opened anew."""
        log.warning(event, **details)
        self.holding.clear()
        connection.close()

    def _release(self) -> None:
        try:
            self.lease.release()
        except (OperationalError, InterfaceError):
            log.warning("maintenance.lease_kept")
        connection.close()


def _back_off(failures: int) -> float:
    return float(min(TICK * 2**failures, LONGEST_BACK_OFF))
