"""The real server as people run it: `manage.py migrate`, `manage.py serve`, on a store and a port of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.ground import postgresql, redis, shared
from tests.ground.processes import alive, children, command_line, free_port, wait_until

ROOT = Path(__file__).parent.parent.parent
MANAGE = str(ROOT / "manage.py")
# Should pytest be killed, its servers get SIGTERM (util-linux, on every Debian).
WITH_US = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()

# What a store is migrated with in production mode; a server on a copy of it has an issuer and keys of its own.
PRODUCTION = {
    "AUTHSERVER_MODE": "production",
    "AUTHSERVER_ISSUER": "https://auth.example.com",
    "AUTHSERVER_SECRET_KEY": "of-a-store-that-is-only-migrated-0123",
}


def environment(home: Path, **variables: str) -> dict[str, str]:
    """A clean environment for one server."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AUTHSERVER_", "DJANGO_"))}
    return {**inherited, "AUTHSERVER_MODE": "development", "AUTHSERVER_HOME": str(home), **variables}


@dataclass
class Server:
    """One server. `variables` are its AUTHSERVER_ environment beside AUTHSERVER_HOME; change them, then `restart`."""

    home: Path
    port: int
    workers: int = 1
    variables: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def pid(self) -> int:
        assert self.process is not None, "The server was not started."
        return self.process.pid

    def start(self, *, wait: bool = True) -> Server:
        """Start `serve`; with `wait`, return when the first worker is ready."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*WITH_US, sys.executable, MANAGE, "serve", *self._arguments()],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        if wait:
            wait_until(self._ready_or_ended, seconds=60, what="the server is ready")
            assert self.process.poll() is None, f"serve ended by itself:\n{self.log_text()}"
        return self

    def stop(self, *, seconds: float = 40) -> int:
        """SIGTERM, then wait; the exit code of `serve`."""
        if self.process is None:
            return 0
        self.ask_to_stop()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def restart(self) -> Server:
        self.stop()
        return self.start()

    def run(self, *arguments: str, text: str | None = None, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py on this server's store."""
        return subprocess.run(
            [sys.executable, MANAGE, *arguments],
            env=self._environment(),
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def manage(self, *arguments: str, text: str | None = None, succeeds: bool = True) -> str:
        """What a command of manage.py printed, and of one that fails its errors too.

        The log lines of a command that succeeds stand on standard error, and are nobody's answer.
        """
        done = self.run(*arguments, text=text)
        everything = done.stdout + done.stderr
        assert (done.returncode == 0) is succeeds, f"{arguments} ended with {done.returncode}:\n{everything}"
        return done.stdout if succeeds else everything

    def shell(self, code: str) -> str:
        """Run Python on this server's store; what it printed."""
        return self.manage("shell", "--no-imports", "-c", code).strip()

    def worker_pids(self) -> list[int]:
        return [pid for pid in children(self.pid) if alive(pid) and "spawn_main" in command_line(pid)]

    def maintenance_pids(self) -> list[int]:
        return [pid for pid in children(self.pid) if alive(pid) and "maintain" in command_line(pid)]

    def kill_worker(self) -> int:
        """SIGKILL one worker; the process id that is now gone."""
        pid = self.worker_pids()[0]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(pid), seconds=10, what="the worker is gone")
        return pid

    def log_text(self) -> str:
        """Everything that the server has written so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def answers(self, path: str = "/healthz/ready") -> bool:
        """Whether a GET of `path` gives 200."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=20) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _arguments(self) -> list[str]:
        return ["--bind", f"127.0.0.1:{self.port}", "--workers", str(self.workers)]

    def _ready_or_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None or self.answers()

    def _environment(self) -> dict[str, str]:
        return environment(self.home, **{"AUTHSERVER_ISSUER": self.url, **self.variables})


def stop_all(servers: list[Server]) -> None:
    """Ask all, then wait for each: they take their leave side by side."""
    for server in servers:
        server.ask_to_stop()
    for server in servers:
        server.stop()


def new_server(
    *,
    on_postgresql: bool,
    workers: int = 1,
    empty: bool = False,
    cluster: postgresql.PostgreSQL | None = None,
    mode: str = "development",
) -> Server:
    """A server, not yet started, on a store of its own: migrated in `mode`, or with `empty` untouched.

    `cluster`: a PostgreSQL other than the session's. Several workers get a Redis.
    """
    number = shared.next_number("server")
    home = shared.folder() / f"server-{number}"
    home.mkdir(mode=0o700)
    server = Server(home=home, port=free_port(), workers=workers)
    if on_postgresql:
        chosen, name = cluster or postgresql.start_shared(), f"server_{number}"
        template = "" if empty or cluster else f" TEMPLATE {_migrated_database(mode)}"
        chosen.execute(f"CREATE DATABASE {name}{template}")
        server.variables["AUTHSERVER_DATABASE_URL"] = chosen.url(name)
        if cluster and not empty:
            cluster.restore(postgresql.start_shared().dump(_migrated_database(mode)), database=name)
    elif not empty:
        shutil.copy(_migrated_file(mode), home / "db.sqlite3")
    if workers > 1:
        server.variables["AUTHSERVER_REDIS_URL"] = redis.new_database()
    return server


def _migrated_database(mode: str) -> str:
    """The name of a PostgreSQL database that was migrated in `mode`, made once in the session and then copied."""

    def make() -> dict[str, str]:
        name = f"migrated_{mode}"
        cluster = postgresql.start_shared()
        cluster.execute(f"CREATE DATABASE {name}")
        _migrate(mode, AUTHSERVER_DATABASE_URL=cluster.url(name))
        return {"name": name}

    return str(shared.once(f"migrated-database-{mode}", make)["name"])


def _migrated_file(mode: str) -> Path:
    """A SQLite database that was migrated in `mode`, made once in the session and then copied."""

    def make() -> dict[str, str]:
        return {"path": str(_migrate(mode).home / "db.sqlite3")}

    return Path(shared.once(f"migrated-file-{mode}", make)["path"])


def _migrate(mode: str, **variables: str) -> Server:
    production = {} if mode == "development" else PRODUCTION
    server = Server(home=shared.folder() / f"migrated-{mode}", port=0, variables={**production, **variables})
    server.home.mkdir(mode=0o700, exist_ok=True)
    server.manage("migrate", "--verbosity", "0")
    return server
