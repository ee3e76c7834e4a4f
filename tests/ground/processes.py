"""Starting, waiting for and ending processes on free ports."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

KEEPER = Path(__file__).with_name("keeper.py")
# Keepers that this process started: reaped by `end`.
_kept: dict[int, subprocess.Popen[bytes]] = {}


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(holds: Callable[[], object], *, seconds: float, what: str) -> None:
    """Poll until `holds()` is true; AssertionError naming `what` when it never is."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def children(pid: int) -> list[int]:
    """The process ids of the direct children."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def keep(
    command: Sequence[str], *, owner: int, log: Path, stop_signal: int = signal.SIGTERM, user: str | None = None
) -> int:
    """Run `command` under a keeper that ends it with `owner`; returns the keeper's process id."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, str(KEEPER), str(owner), str(int(stop_signal)), user or "-", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=log.parent,
        )
    _kept[process.pid] = process
    return process.pid


def end(pid: int, *, seconds: float = 20) -> None:
    """SIGTERM, and SIGKILL after a while; returns when the process has gone. Only for processes of ours."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            break
        deadline = time.monotonic() + seconds
        while alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not alive(pid):
            break
    if process := _kept.pop(pid, None):
        process.wait(seconds)
