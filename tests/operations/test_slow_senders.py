"""Slow senders, idle connections and delayed answers hold a place of their own and stall nobody else."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.operations.slow import SlowSender

SLOW_SENDERS = 32
IDLE_CONNECTIONS = 200
PROMPT = 1.0  # seconds, on a machine that also runs the other tests


@pytest.fixture(scope="module")
def one_worker(server: MakeServer) -> Server:
    return server(workers=1)


@pytest.fixture
def slow_senders(one_worker: Server) -> Iterator[list[SlowSender]]:
    with ExitStack() as stack:
        yield [stack.enter_context(SlowSender(one_worker.port)) for _ in range(SLOW_SENDERS)]


def seconds_of(server: Server, path: str) -> float:
    """How long the slowest of ten requests took."""
    longest = 0.0
    for _ in range(10):
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", path)
        assert connection.getresponse().status == 200
        connection.close()
        longest = max(longest, time.monotonic() - begun)
    return longest


@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready", "/.well-known/oauth-authorization-server"])
def test_32_slow_senders_on_one_worker_stall_nobody_else(
    one_worker: Server, slow_senders: list[SlowSender], path: str
) -> None:
    assert seconds_of(one_worker, path) < PROMPT
    answers = [sender.finish() for sender in slow_senders]
    assert [answer for answer in answers if not answer.startswith(b"HTTP/1.1 401")] == []


@pytest.mark.once
def test_idle_connections_hold_no_thread(one_worker: Server) -> None:
    with ExitStack() as stack:
        for _ in range(IDLE_CONNECTIONS):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", one_worker.port), timeout=30))
            connection.sendall(f"GET /healthz/live HTTP/1.1\r\nHost: 127.0.0.1:{one_worker.port}\r\n\r\n".encode())
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        assert seconds_of(one_worker, "/healthz/live") < PROMPT


@pytest.mark.once
def test_a_chunked_body_is_read_like_any_other(one_worker: Server) -> None:
    with socket.create_connection(("127.0.0.1", one_worker.port), timeout=30) as connection:
        connection.sendall(
            f"POST /token HTTP/1.1\r\nHost: 127.0.0.1:{one_worker.port}\r\nConnection: close\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
            "b\r\ngrant_type=\r\n12\r\nclient_credentials\r\n0\r\n\r\n".encode()
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 401")  # read, and found to be without a client
