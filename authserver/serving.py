"""The server's processes: granian's workers on one address, and the maintenance loop beside them.

granian speaks HTTP in its own threads and runs the WSGI application in `THREADS` threads a worker. This room adds
what operators need: the listening sockets belong to the parent, so that connections wait, instead of being refused,
while a killed worker is replaced; each worker has a socket of its own, among which the kernel shares connections out
evenly; ended processes are replaced for as long as the server runs; and everything ends with the parent, however it
ends.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer, SocketHolder

from authserver.databases import SERVING

# Many threads over few database connections: slow senders and delayed answers hold a thread and nothing else.
THREADS = 64
# Open connections a worker. Idle ones cost no thread, so there may be many more of them than threads.
CONNECTIONS = 1024
BACKLOG = 1024  # connections that wait to be accepted
LARGEST_HEAD = 64 * 1024  # bytes of request line and headers, kept for each connection while they arrive
GRACE = 30  # seconds for what is in flight at SIGTERM; past it a slow sender has had its chance
SHORTEST_LIFE = 2.0  # seconds; what ends sooner is replaced no faster than this
WATCH = 0.5  # seconds
TAKE_NO_MORE = signal.SIGUSR1  # what a worker is sent before it is stopped for another
OVERLAP = 3.5  # seconds that a new worker is given to load before the old one is stopped
LINGER = 0.5  # seconds between accepting nothing more and stopping
IDLE_THREAD = 600  # seconds that an idle thread is kept, with what it has open; granian's longest
# glibc keeps freed memory for each thread: with its usual, growing threshold that is Argon2's 19 MiB many times over
# (measured under a flood of wrong secrets: 640 MB a worker, with this one 120). In bytes; read as a process starts.
MALLOC_THRESHOLD = ("MALLOC_MMAP_THRESHOLD_", str(1024 * 1024))
# granian puts the process's environment into every request's: none of these belongs there.
PRIVATE = ("AUTHSERVER_", "HTTP_")

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
QUIET: dict[str, Any] = {"loggers": {"_granian": {"handlers": [], "propagate": True}}}

log = structlog.get_logger("authserver.serving")


def listen(host: str, port: int, *, workers: int) -> list[socket.socket]:
    """A listening socket a worker. Raises OSError where the address is taken or is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Sockets that share a port would share it with another server of ours too: first see that it is free.
    socket.create_server((host, port), family=family).close()
    made = [socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=True) for _ in range(workers)]
    for listening in made:
        # Accepted connections inherit it: else the second part of a page waits 40 ms for the first one's receipt.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def serve(listening: list[socket.socket]) -> None:
    """Serve until SIGTERM or SIGINT, with a worker a socket; returns when what was in flight has been answered."""
    os.environ[SERVING] = "1"
    os.environ.setdefault(*MALLOC_THRESHOLD)
    # Each worker loads its own settings (SERVING) and keys; nothing is shared by an accident of forking.
    multiprocessing.set_start_method("spawn")
    host, port = listening[0].getsockname()[:2]
    server = Processes(
        "authserver.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=len(listening),
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=IDLE_THREAD,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=LARGEST_HEAD),
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=QUIET,
        workers_kill_timeout=GRACE,
        respawn_failed_workers=True,
    )
    server.listening = listening
    server.serve(spawn_target=run_worker, target_loader=load_application, wrap_loader=False)


class Processes(MPServer):
    """granian's parent process, with our sockets, our patience and one process more."""

    listening: list[socket.socket]
    maintenance: MaintenanceProcess

    def _init_shared_socket(self) -> None:
        """`serve` has made them."""

    def _drop_shared_socket(self) -> None:
        for listening in self.listening:
            listening.close()

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> Any:
        self._sso = self.listening[idx]
        return super()._spawn_worker(idx, target, callback_loader)

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        """Replace whatever has ended, forever: giving up is the operator's decision."""
        self.maintenance = MaintenanceProcess()
        self.on_shutdown(self.maintenance.stop)
        while not self.interrupt_signal:
            self.main_loop_interrupt.wait(WATCH)
            self.main_loop_interrupt.clear()
            if self.reload_signal:
                self._reload(spawn_target, target_loader)
            if not self.interrupt_signal:
                self._replace_ended(spawn_target, target_loader)
                self.maintenance.keep_running()

    def _reload(self, spawn_target: Any, target_loader: Any) -> None:
        """SIGHUP: a new worker for each, and the old one's work done to the end."""
        self.reload_signal = False
        for index, old in enumerate(self.wrks):
            self.wrks[index] = self._spawn_worker(index, spawn_target, target_loader)
            self.wrks[index].start()
            time.sleep(OVERLAP)
            old.interrupt_by_parent = True  # so that granian does not call its end unexpected
            with contextlib.suppress(ProcessLookupError):  # it may have died in the meantime
                os.kill(old.inner.pid, TAKE_NO_MORE)
            time.sleep(LINGER)
            old.terminate()
            old.join(GRACE)
            if old.is_alive():
                old.kill()

    def _replace_ended(self, spawn_target: Any, target_loader: Any) -> None:
        self.interrupt_children.clear()
        for index, worker in enumerate(self.wrks):
            if worker.is_alive() or time.monotonic() - worker.birth < SHORTEST_LIFE:
                continue
            log.error("worker.replaced", worker=index + 1, ended_with=worker.inner.exitcode)
            self.wrks[index] = self._spawn_worker(index, spawn_target, target_loader)
            self.wrks[index].start()


class MaintenanceProcess:
    """`manage.py maintain`, started again whenever it has ended."""

    def __init__(self) -> None:
        self._start()

    def keep_running(self) -> None:
        ended_with = self.process.poll()
        if ended_with is not None and time.monotonic() - self.birth >= SHORTEST_LIFE:
            log.error("maintenance.replaced", ended_with=ended_with)
            self._start()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _start(self) -> None:
        self.birth = time.monotonic()
        variables = {name: value for name, value in os.environ.items() if name != SERVING}
        command = [sys.executable, str(MANAGE), "maintain", "--parent", str(os.getpid())]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=variables)  # noqa: S603 - all our own


def run_worker(worker: int, name: str | None, loader: Any, sockets: tuple[Any, socket.socket], *rest: Any) -> None:
    """A worker process: granian's own, on the socket that the parent handed over."""
    _, listening = sockets
    signal.signal(TAKE_NO_MORE, lambda *_: _turn_away_from(listening))
    threading.Thread(target=_end_with, args=(os.getppid(),), name="parent", daemon=True).start()
    holder = SocketHolder(listening.fileno(), False, BACKLOG)
    MPServer._spawn_wsgi_worker(worker, name, loader, ((None, holder), listening), *rest)


def load_application() -> Any:
    """The WSGI application, loaded in the worker; the environment's secrets then go out of requests' sight."""
    from authserver.wsgi import application

    for name in [name for name in os.environ if name.startswith(PRIVATE)]:
        del os.environ[name]
    return application


def _turn_away_from(listening: socket.socket) -> None:
    """Accept nothing more, and leave what waits to the worker that follows.

    A worker that stops while it accepts loses what it has just accepted (seen once in some ten thousand connections),
    so it stops accepting first. Closing the socket does not do: granian holds it too. Wherever it is held in this
    process, one that nobody knows of takes its place.
    """
    unknown = socket.create_server(("127.0.0.1", 0))
    unknown.setblocking(False)
    shared = os.fstat(listening.fileno())
    for name in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):  # the one that lists them is closed by now
            if os.path.samestat(os.fstat(int(name)), shared):
                os.dup2(unknown.fileno(), int(name))


def _end_with(parent: int) -> None:
    """A parent that was killed cannot stop us; the system then gives us another parent."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)
