"""A real PostgreSQL: its own cluster in a temporary folder, durable as in production, on a free port."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.ground import parts, shared
from tests.ground.processes import accepts, alive, children, end, free_port, keep, wait_until

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "log_min_messages": "warning",
}


@dataclass
class PostgreSQL:
    """One cluster. `folder` holds its data and log."""

    folder: Path
    port: int
    keeper: int = 0

    @property
    def user(self) -> str | None:
        """PostgreSQL refuses to run as root."""
        return "postgres" if os.getuid() == 0 else None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def create(self) -> None:
        self.folder.mkdir(mode=0o700)
        if self.user:
            shutil.chown(self.folder, self.user, self.user)
        self._run(
            "initdb", "--no-sync", "--auth=trust", "--username=authserver", "--encoding=UTF8", "--locale=C.UTF-8",
            "--pgdata", str(self.data),
        )  # fmt: skip

    def start(self) -> None:
        """Start, or start again after `kill`; returns when it answers."""
        settings = {**SETTINGS, "port": str(self.port), "unix_socket_directories": ""}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.keeper = keep(
            [str(self._program("postgres")), "-D", str(self.data), *options],
            owner=shared.owner(),
            log=self.folder / "log",
            stop_signal=signal.SIGINT,
            user=self.user,
        )
        try:
            wait_until(self._answers, seconds=30, what="PostgreSQL starts")
        except AssertionError as error:
            raise AssertionError((self.folder / "log").read_text()[-2000:]) from error

    def stop(self) -> None:
        end(self.keeper)

    def kill(self) -> None:
        """Every process of the cluster at once by SIGKILL, as when the machine loses power."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        victims = [postmaster, *children(postmaster)]
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        wait_until(lambda: not any(alive(pid) for pid in victims), seconds=10, what="PostgreSQL is gone")
        end(self.keeper)

    def url(self, database: str) -> str:
        return f"postgresql://authserver@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, *, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def dump(self, database: str) -> str:
        """What a database holds, as SQL."""
        return self._run("pg_dump", "--dbname", self.url(database))

    def restore(self, dumped: str, *, database: str) -> None:
        self._run("psql", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", self.url(database), text=dumped)

    def _answers(self) -> bool:
        if not accepts(self.port):
            return False
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _program(self, name: str) -> Path:
        return parts.need("postgresql").resolve().with_name(name)

    def _run(self, program: str, *arguments: str, text: str = "") -> str:
        identity = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": list[str]()}
        done = subprocess.run(
            [str(self._program(program)), *arguments],
            cwd=self.folder,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            **identity,  # type: ignore[call-overload]
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout)


def start_shared() -> PostgreSQL:
    """The session's one cluster, with a database `authserver`."""

    def make() -> dict[str, object]:
        cluster = PostgreSQL(folder=shared.folder() / "postgresql", port=free_port())
        cluster.create()
        cluster.start()
        cluster.execute("CREATE DATABASE authserver")
        return {"port": cluster.port, "keeper": cluster.keeper}

    made = shared.once("postgresql", make)
    return PostgreSQL(folder=shared.folder() / "postgresql", port=made["port"], keeper=made["keeper"])
