"""Fixtures of real servers: ours, PostgreSQL, Redis, nginx."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.ground import nginx as nginx_server
from tests.ground import parts, postgresql, shared
from tests.ground import redis as redis_server
from tests.ground.plugin import ON_POSTGRESQL
from tests.ground.processes import free_port
from tests.ground.server import Server, new_server, stop_all

MakeServer = Callable[..., Server]
MakeCluster = Callable[[], postgresql.PostgreSQL]


def _make_servers() -> Iterator[MakeServer]:
    made: list[Server] = []

    def make(
        *,
        workers: int = 1,
        on_postgresql: bool = ON_POSTGRESQL,
        empty: bool = False,
        started: bool = True,
        cluster: postgresql.PostgreSQL | None = None,
        mode: str = "development",
        **variables: str,
    ) -> Server:
        if on_postgresql:
            parts.need("postgresql")
        if workers > 1:
            parts.need("redis")
        one = new_server(on_postgresql=on_postgresql, workers=workers, empty=empty, cluster=cluster, mode=mode)
        one.variables.update({f"AUTHSERVER_{name}": value for name, value in {"MODE": mode, **variables}.items()})
        made.append(one)
        return one.start() if started else one

    yield make
    stop_all(made)


@pytest.fixture(scope="session")
def server() -> Iterator[MakeServer]:
    """`server(workers=1, on_postgresql=…, empty=False, started=True, cluster=None, mode="development", **variables)`.

    A real server on its own store, by default on the database that the suite runs on. `mode` is the server's, and
    that in which its store was migrated. Variables are written without their prefix:
    `server(TRUSTED_PROXIES="127.0.0.1")`. Servers stop with the session: make one in a
    fixture of session or module scope and share it.
    """
    yield from _make_servers()


@pytest.fixture
def own_server() -> Iterator[MakeServer]:
    """Like `server`, for tests that kill or restart it: it stops with the test."""
    yield from _make_servers()


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """One started server for all tests of this process that only add to it; never stop or restart it."""
    one = new_server(on_postgresql=ON_POSTGRESQL)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def own_cluster() -> Iterator[MakeCluster]:
    """`own_cluster()`: a PostgreSQL of this test's own, which it may kill."""
    parts.need("postgresql")
    made: list[postgresql.PostgreSQL] = []

    def make() -> postgresql.PostgreSQL:
        folder = shared.folder() / f"cluster-{shared.next_number('cluster')}"
        one = postgresql.PostgreSQL(folder=folder, port=free_port())
        one.create()
        one.start()
        made.append(one)
        return one

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def redis_url() -> str:
    """An empty database of a real Redis or Valkey."""
    parts.need("redis")
    return redis_server.new_database()


@pytest.fixture
def nginx() -> Iterator[Callable[[str], str]]:
    """`nginx("location / { … }")`: the URL of a real nginx whose one server block holds these lines."""
    parts.need("nginx")
    made: list[nginx_server.Nginx] = []

    def make(lines: str) -> str:
        one = nginx_server.start(lines)
        made.append(one)
        return one.url

    yield make
    for one in made:
        one.stop()
