"""How passwords are tried: few at once, since each run takes a core and 19 MiB."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

pytestmark = pytest.mark.once


def test_concurrent_argon2_runs_over_passwords_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock = 0, 0, threading.Lock()
    real = Argon2PasswordHasher.verify

    def verify(self: Any, password: str, encoded: str) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        found = bool(real(self, password, encoded))
        with lock:
            running -= 1
        return found

    monkeypatch.setattr(Argon2PasswordHasher, "verify", verify)
    stored = make_password("a password of somebody")
    with ThreadPoolExecutor(16) as pool:
        assert not any(pool.map(lambda number: check_password(f"guess {number}", stored), range(16)))
    assert most == 2
