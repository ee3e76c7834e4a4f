"""The key that a development server makes for itself: private, whole, and the same for all its processes."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from authserver.environment import EnvironmentFault, read_environment

pytestmark = pytest.mark.once


def key_of(home: Path) -> str:
    return read_environment({"AUTHSERVER_MODE": "development", "AUTHSERVER_HOME": str(home)}, base=home).secret_keys[0]


def test_it_is_made_once_and_nobody_else_can_read_it_or_the_store_beside_it(tmp_path: Path) -> None:
    home = tmp_path / "var"
    assert key_of(home) == key_of(home)
    assert [os.stat(path).st_mode & 0o077 for path in (home, home / "secret_key")] == [0, 0]


def test_a_process_that_starts_while_it_is_written_waits_for_it(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    file.touch()

    def write() -> None:
        time.sleep(0.2)
        file.write_text("k" * 64)

    writer = threading.Thread(target=write)
    writer.start()
    assert key_of(tmp_path) == "k" * 64
    writer.join()


def test_an_empty_one_is_refused_since_everybody_could_compute_what_follows_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    (tmp_path / "secret_key").touch()
    with pytest.raises(EnvironmentFault, match="holds no key"):
        key_of(tmp_path)
