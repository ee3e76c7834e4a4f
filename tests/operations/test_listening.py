"""The listening sockets that `serve` makes."""

from __future__ import annotations

import socket

import pytest

from authserver import serving
from tests.ground.processes import free_port

pytestmark = pytest.mark.once


def test_no_part_of_an_answer_waits_for_the_receipt_of_another() -> None:
    """Nagle's algorithm and delayed receipts together cost 40 ms a page."""
    [listening] = serving.listen("127.0.0.1", free_port(), workers=1)
    with listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
