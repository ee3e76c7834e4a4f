"""What all processes of one test session share: a folder, and servers that the first who needs them starts.

pytest-xdist's workers inherit the folder's name from the process that people start; that process ends everything.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ground.processes import end

_FOLDER = "_AUTHSERVER_TEST_SESSION"


def folder() -> Path:
    """The session's folder, made by whoever asks first."""
    if _FOLDER not in os.environ:
        made = Path(tempfile.mkdtemp(prefix="authserver-tests-"))
        made.chmod(0o711)  # PostgreSQL runs as a user of its own and must reach its folder
        os.environ[_FOLDER] = f"{os.getpid()}:{made}"
        atexit.register(_end_all, made, os.getpid())
    return Path(os.environ[_FOLDER].partition(":")[2])


def owner() -> int:
    """The process id that the session lives and ends with."""
    folder()
    return int(os.environ[_FOLDER].partition(":")[0])


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process of the session at a time."""
    with (folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def once(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` returned to the first process that asked. A member `keeper` is a process to end."""
    path = folder() / f"{name}.json"
    with locked(name):
        if not path.exists():
            path.write_text(json.dumps(make()))
        found: dict[str, Any] = json.loads(path.read_text())
    return found


def next_number(name: str) -> int:
    """1, 2, 3 …, each given out once in the session."""
    path = folder() / f"{name}.number"
    with locked(name):
        number = int(path.read_text() or 0) + 1 if path.exists() else 1
        path.write_text(str(number))
    return number


def _end_all(made: Path, pid: int) -> None:
    if os.getpid() != pid:
        return
    for path in made.glob("*.json"):
        if keeper := json.loads(path.read_text()).get("keeper"):
            end(keeper)
    shutil.rmtree(made, ignore_errors=True)
