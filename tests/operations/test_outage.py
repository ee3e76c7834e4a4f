"""One thread at a time asks for a database that is away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError
from psycopg_pool import PoolTimeout

from authserver.postgresql.base import Outage

pytestmark = pytest.mark.once


def in_vain() -> None:
    raise PoolTimeout


def test_connections_are_had_side_by_side_while_the_database_is_there() -> None:
    outage, together = Outage(), threading.Barrier(4, timeout=10)
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: outage.connect(together.wait), range(4))) == [0, 1, 2, 3]


def test_once_a_wait_was_in_vain_one_waits_and_the_others_are_told() -> None:
    outage, asking, back = Outage(), threading.Event(), threading.Event()
    with pytest.raises(PoolTimeout):
        outage.connect(in_vain)

    def get() -> str:
        asking.set()
        assert back.wait(10)
        return "connection"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(outage.connect, get)
        assert asking.wait(10)
        with pytest.raises(OperationalError):
            outage.connect(lambda: "never asked")
        back.set()
        assert first.result() == "connection"
    assert outage.connect(lambda: "another") == "another"


def test_the_next_one_asks_again_after_another_wait_in_vain() -> None:
    outage = Outage()
    for _ in range(3):
        with pytest.raises(PoolTimeout):
            outage.connect(in_vain)
    assert outage.connect(lambda: "connection") == "connection"
