"""The threads of a process take turns to write to SQLite, and leave no connection behind."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import ServerSettings
from authserver.sqlite import base
from tests.ground.processes import wait_until

pytestmark = [
    pytest.mark.once,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="it is about SQLite; `once` runs it there"),
]


def write() -> None:
    ServerSettings.objects.filter(pk=1).update(policy_version=2)


def write_in_a_transaction() -> None:
    with transaction.atomic():
        write()


@pytest.mark.parametrize("act", [write, write_in_a_transaction])
def test_a_write_waits_for_its_turn_and_a_read_does_not(
    act: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "LONGEST_WAIT", 0.01)
    with base.turn():
        assert ServerSettings.objects.count() == 1
        with pytest.raises(OperationalError, match="locked"):
            act()
    act()
    assert ServerSettings.objects.get().policy_version == 2


def test_the_turn_passes_on_when_a_transaction_has_begun_and_when_a_write_has_failed() -> None:
    with transaction.atomic():
        write()
        with base.turn():
            pass
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("INSERT INTO nowhere VALUES (1)")
    with base.turn():
        pass


def test_connections_of_ended_threads_are_closed_and_others_are_not(tmp_path: Path) -> None:
    file, used, go = tmp_path / "one.sqlite3", threading.Barrier(2, timeout=10), threading.Event()

    def use(stay: bool) -> None:
        one = base.DatabaseWrapper({**connection.settings_dict, "NAME": str(file)}, alias="one")
        with one.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS row (id integer)")
            if stay:
                used.wait()
                assert go.wait(10)
                cursor.execute("SELECT * FROM row")

    gc.disable()
    try:
        with ThreadPoolExecutor(1) as pool:
            staying = pool.submit(use, True)
            used.wait()
            kept = open_files(file)
            ending = threading.Thread(target=use, args=(False,))
            ending.start()
            ending.join()
            left = open_files(file)
            wait_until(lambda: base.close_left_behind() >= 1, seconds=10, what="the thread is gone for the system too")
            # SQLite itself keeps one of them for later, as long as the file is locked by another connection.
            assert len(kept) <= len(open_files(file)) < len(left)
            go.set()
            staying.result()
    finally:
        gc.enable()


def open_files(file: Path) -> list[str]:
    links = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    return sorted(link for link in links if link.startswith(str(file)))
