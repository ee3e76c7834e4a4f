"""Runs one server for the tests and ends it when they end, however they end.

    python keeper.py OWNER_PID STOP_SIGNAL USER COMMAND …

The server is stopped when this process gets SIGTERM, or when the owner (pytest) has gone without a word.
USER is whom the server runs as; - for nobody else.
Standard library alone, no imports of ours: it starts in a few milliseconds.
"""

import os
import signal
import subprocess
import sys
import threading


def main() -> int:
    owner, stop_signal, user, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    identity = {} if user == "-" else {"user": user, "group": user, "extra_groups": list[str]()}
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest, which then stops us
    child: subprocess.Popen[bytes] = subprocess.Popen(command, stdin=subprocess.DEVNULL, **identity)  # type: ignore[call-overload]
    while child.poll() is None and not asked.wait(0.2) and _alive(owner):
        pass
    if child.poll() is None:
        child.send_signal(stop_signal)
    try:
        return child.wait(15)
    except subprocess.TimeoutExpired:
        child.kill()
        return 1


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
