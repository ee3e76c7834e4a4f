"""Processes that are killed come back; processes that are asked to stop finish first; none is left behind."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from tests.ground.processes import accepts, alive, children, wait_until
from tests.ground.running import MakeServer
from tests.operations.slow import SlowSender

pytestmark = pytest.mark.once


def test_a_killed_worker_comes_back_and_connections_wait_for_it(own_server: MakeServer) -> None:
    server = own_server()
    for _ in range(2):  # killed again as soon as it is back: no reason to give up
        gone = server.kill_worker()
        assert server.answers("/healthz/ready"), "a connection was refused while the worker was away"
        assert server.worker_pids() not in ([], [gone])
    assert "worker.replaced" in server.log_text()


def test_all_workers_killed_at_once_come_back(own_server: MakeServer) -> None:
    server = own_server(workers=2)
    wait_until(lambda: len(server.worker_pids()) == 2, seconds=10, what="two workers")
    killed = server.worker_pids()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(set(server.worker_pids()) - set(killed)) == 2, seconds=20, what="two new workers")
    assert server.answers("/healthz/ready")


def test_a_killed_maintenance_process_comes_back(own_server: MakeServer) -> None:
    server = own_server()
    wait_until(server.maintenance_pids, seconds=10, what="maintenance runs")
    (pid,) = server.maintenance_pids()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: set(server.maintenance_pids()) - {pid}, seconds=20, what="maintenance runs again")


def test_sigterm_finishes_what_is_in_flight_and_takes_nothing_new(own_server: MakeServer) -> None:
    server = own_server()
    with SlowSender(server.port) as sender:
        wait_for_the_view()
        ended: list[int] = []
        stopping = threading.Thread(target=lambda: ended.append(server.stop()))
        stopping.start()
        wait_until(lambda: not accepts(server.port), seconds=10, what="no new connection is taken")
        assert alive(server.pid), "the server left before it had answered"
        assert sender.finish().startswith(b"HTTP/1.1 401")
        stopping.join(20)
    assert ended == [0]


def test_sigterm_ends_every_process_with_exit_code_0(own_server: MakeServer) -> None:
    server = own_server()
    wait_until(server.maintenance_pids, seconds=10, what="maintenance runs")
    family = children(server.pid)
    assert server.stop() == 0
    wait_until(lambda: not any(alive(pid) for pid in family), seconds=10, what="every process has ended")


def test_nothing_outlives_a_killed_parent(own_server: MakeServer) -> None:
    server = own_server()
    wait_until(server.maintenance_pids, seconds=10, what="maintenance runs")
    family = children(server.pid)
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not any(alive(pid) for pid in family), seconds=10, what="the children end")
    assert not accepts(server.port)


def test_sighup_replaces_workers_and_no_connection_of_a_crowd_is_lost(own_server: MakeServer) -> None:
    server = own_server()
    before = server.worker_pids()
    answered: list[bool] = []
    replaced = threading.Event()

    def keep_asking() -> None:
        while not replaced.is_set():
            answered.append(server.answers("/healthz/live"))

    crowd = [threading.Thread(target=keep_asking) for _ in range(4)]
    for asking in crowd:
        asking.start()
    os.kill(server.pid, signal.SIGHUP)
    try:
        wait_until(lambda: server.worker_pids() and not set(before) & set(server.worker_pids()), seconds=30, what="new")
    finally:
        replaced.set()
        for asking in crowd:
            asking.join()
    assert len(answered) > 100
    assert all(answered)


def wait_for_the_view() -> None:
    """Until a request whose head has been sent is in its view; nothing outside can see that moment."""
    time.sleep(0.5)
