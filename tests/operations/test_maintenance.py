"""The maintenance loop: one at a time across machines, each job by itself, undisturbed by a database that is away."""

from __future__ import annotations

import os
import re
import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from audit.maintenance_jobs import Job
from authserver.maintenance import LEASE, Lease, Maintenance, Schedule
from authserver.models import MaintenanceLease
from tests.ground.processes import free_port, wait_until
from tests.ground.running import MakeServer
from tests.ground.server import Server

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.django_db
def test_one_holder_keeps_the_lease_and_another_gets_it_when_it_is_released() -> None:
    first, second = Lease("first"), Lease("second")
    assert first.take()
    assert first.take(), "renewing is taking again"
    assert not second.take()
    second.release()
    assert not second.take(), "only the holder can release"
    first.release()
    assert second.take()
    assert not first.take()


@pytest.mark.django_db
def test_a_lease_that_ran_out_is_free() -> None:
    first, second = Lease("first"), Lease("second")
    assert first.take()
    row = MaintenanceLease.objects.get()
    MaintenanceLease.objects.update(until=row.until - LEASE - timedelta(seconds=1))
    assert second.take()
    assert not first.take()


@pytest.mark.django_db
def test_the_lease_runs_by_the_database_clock() -> None:
    assert Lease("first").take()
    until = MaintenanceLease.objects.get().until
    assert abs(until - LEASE - datetime.now(UTC)) < timedelta(seconds=10)


def test_a_job_runs_at_once_and_then_when_its_period_has_passed() -> None:
    ran: list[datetime] = []
    clock = [100.0]
    schedule = Schedule([Job("count", 10, ran.append)], clock=lambda: clock[0])
    for moment, times in ((100.0, 1), (105.0, 1), (110.0, 2), (111.0, 2), (131.0, 3)):
        clock[0] = moment
        schedule.run_due(NOW)
        assert len(ran) == times, moment
    assert set(ran) == {NOW}


def test_a_job_that_fails_stops_no_other_and_waits_its_period() -> None:
    ran: list[str] = []

    def fail(_: datetime) -> None:
        ran.append("failing")
        raise ValueError("broken")

    schedule = Schedule([Job("failing", 10, fail), Job("other", 10, lambda _: ran.append("other"))], clock=lambda: 0.0)
    schedule.run_due(NOW)
    schedule.run_due(NOW)
    assert ran == ["failing", "other"]


def test_a_job_that_met_an_absent_database_is_due_again_at_once() -> None:
    answers = iter([OperationalError("gone"), None])

    def run(_: datetime) -> None:
        if error := next(answers):
            raise error

    schedule = Schedule([Job("job", 1000, run)])
    with pytest.raises(OperationalError):
        schedule.run_due(NOW)
    schedule.run_due(NOW)
    assert next(answers, "all used") == "all used"


@pytest.mark.django_db(transaction=True)
def test_the_loop_goes_on_after_the_database_was_away_and_releases_the_lease_at_its_end() -> None:
    stop = threading.Event()
    outcomes = iter([OperationalError("gone"), None])

    def run(_: datetime) -> None:
        if error := next(outcomes):
            raise error
        stop.set()

    loop = Maintenance(stop=stop, jobs=[Job("job", 1000, run)])
    loop.run()
    assert MaintenanceLease.objects.get().holder == ""


def begun(server: Server) -> list[int]:
    """The process ids of the loops that took the lease, in order; both servers write one log."""
    return [int(pid) for pid in re.findall(r"maintenance\.begun.*holder=[^:]+:(\d+):", server.log_text())]


@pytest.fixture
def two_servers(own_server: MakeServer) -> tuple[Server, Server]:
    """Two on one store, as on two machines."""
    first = own_server()
    wait_until(lambda: begun(first), seconds=20, what="the first maintains")
    second = Server(home=first.home, port=free_port(), variables=dict(first.variables))
    second.start()
    wait_until(second.maintenance_pids, seconds=20, what="the second stands by")
    return first, second


def test_two_servers_on_one_store_maintain_it_in_one_place(two_servers: tuple[Server, Server]) -> None:
    first, second = two_servers
    try:
        with pytest.raises(AssertionError):
            wait_until(lambda: len(begun(first)) > 1, seconds=4, what="the second begins")
        assert begun(first) == first.maintenance_pids()
        standing_by = second.maintenance_pids()
        first.stop()
        wait_until(lambda: begun(first)[1:] == standing_by, seconds=15, what="the second takes over at once")
    finally:
        second.stop()


def test_events_are_sealed_by_the_running_server(shared_server: Server) -> None:
    server = shared_server
    server.shell("import audit; audit.record('test.event', actor=audit.SYSTEM)")

    def sealed() -> bool:
        said = server.manage("audit", "verify")
        return " hold" in said and "not sealed yet" not in said

    wait_until(sealed, seconds=30, what="the event is sealed")


@pytest.mark.once
def test_maintenance_killed_without_a_word_is_followed_when_its_lease_runs_out(own_server: MakeServer) -> None:
    server = own_server()
    wait_until(lambda: begun(server), seconds=20, what="maintenance runs")
    (pid,) = server.maintenance_pids()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: set(server.maintenance_pids()) - {pid}, seconds=20, what="a new process")
    server.shell(
        "from authserver.models import MaintenanceLease as L; from datetime import timedelta as t;"
        "row = L.objects.get(); L.objects.update(until=row.until - t(seconds=31))"
    )
    wait_until(lambda: begun(server)[1:] == server.maintenance_pids(), seconds=20, what="the new process maintains")
