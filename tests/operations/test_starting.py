"""`manage.py serve` starts for the right reasons, and refuses in one sentence for the wrong ones."""

from __future__ import annotations

import socket

import pytest

from authserver import checks
from tests.ground.processes import wait_until
from tests.ground.running import MakeCluster, MakeServer
from tests.ground.server import Server

KEY = "0123456789abcdef0123456789abcdef"
PRODUCTION = {"SECRET_KEY": KEY, "ISSUER": "https://auth.example.com"}


def production_server(server: MakeServer, *, migrated: bool = True, **variables: str) -> Server:
    """A store that was never in development mode, served as production."""
    return server(mode="production", empty=not migrated, started=False, **{**PRODUCTION, **variables})


def refusal(server: Server, *arguments: str) -> str:
    """What `serve` says when it does not start."""
    return server.manage("serve", "--bind", f"127.0.0.1:{server.port}", *arguments, succeeds=False).strip()


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SECRET_KEY": ""}, "AUTHSERVER_SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "AUTHSERVER_SECRET_KEY"),
        ({"ISSUER": ""}, "AUTHSERVER_ISSUER"),
        ({"ISSUER": "http://auth.example.com"}, "AUTHSERVER_ISSUER"),
        ({"ISSUER": "https://auth.example.com/path"}, "AUTHSERVER_ISSUER"),
        ({"MODE": "staging"}, "AUTHSERVER_MODE"),
        ({"TRUSTED_PROXIES": "10.0.0.1/8"}, "AUTHSERVER_TRUSTED_PROXIES"),
        ({"DATABASE_URL": "mysql://localhost/x"}, "AUTHSERVER_DATABASE_URL"),
        ({"REDIS_URL": "http://localhost"}, "AUTHSERVER_REDIS_URL"),
    ],
)
@pytest.mark.once
def test_a_wrong_variable_is_refused_by_its_name(server: MakeServer, variables: dict[str, str], named: str) -> None:
    made = production_server(server, migrated=False, **variables)
    said = refusal(made)
    assert named in said
    assert said.count("\n") == 0, said


def test_missing_migrations_are_refused_with_the_command_that_runs_them(server: MakeServer) -> None:
    assert "manage.py migrate" in refusal(production_server(server, migrated=False))


def test_r61_production_refuses_a_store_with_the_development_client(server: MakeServer) -> None:
    development = server(started=False)
    production = {"MODE": "production", **PRODUCTION}
    development.variables.update({f"AUTHSERVER_{name}": value for name, value in production.items()})
    assert "client `test`" in refusal(development)


@pytest.mark.once
def test_r42_production_refuses_several_workers_without_shared_counters(server: MakeServer) -> None:
    assert "AUTHSERVER_REDIS_URL" in refusal(production_server(server, REDIS_URL=""), "--workers", "2")


@pytest.mark.once
def test_an_address_in_use_is_refused(server: MakeServer) -> None:
    made = server(started=False)
    with socket.create_server(("127.0.0.1", made.port)):
        said = refusal(made)
    assert f"port {made.port}" in said
    assert "in use" in said


@pytest.mark.parametrize("arguments", [("--bind", "8000"), ("--bind", "127.0.0.1:0"), ("--workers", "0")])
@pytest.mark.once
def test_an_argument_that_makes_no_sense_is_refused(server: MakeServer, arguments: tuple[str, str]) -> None:
    assert arguments[1] in server(started=False).manage("serve", *arguments, succeeds=False)


def test_production_starts_with_one_worker_and_no_second_factor(own_server: MakeServer) -> None:
    made = production_server(own_server).start()
    assert made.answers("/healthz/ready")
    assert "start.warning" not in made.log_text()


@pytest.mark.once
def test_http_on_a_loopback_issuer_passes_in_production_with_a_warning(own_server: MakeServer) -> None:
    made = production_server(own_server, ISSUER="http://127.0.0.1:8000").start()
    assert "without https" in made.log_text()


def test_the_first_start_prints_one_set_up_link_and_none_once_there_is_a_person(own_server: MakeServer) -> None:
    made = own_server()
    assert made.log_text().count(f"Set up this server: {made.url}/set-up/") == 1
    made.stop()
    made.shell("from accounts.models import User; User.objects.create_user('ada')")
    made.start()
    assert made.log_text().count("Set up this server: ") == 1


@pytest.mark.once
def test_a_database_that_starts_late_is_waited_for(own_server: MakeServer, own_cluster: MakeCluster) -> None:
    cluster = own_cluster()
    made = own_server(cluster=cluster, on_postgresql=True, started=False)
    cluster.stop()
    made.start(wait=False)
    with pytest.raises(AssertionError):
        wait_until(made.answers, seconds=3, what="nothing is served without a database")
    cluster.start()
    wait_until(made.answers, seconds=30, what="the server is ready")


def test_a_database_that_never_answers_is_refused_by_its_variable() -> None:
    from django.conf import settings
    from django.db import OperationalError, connection

    start = checks.Start(environment=settings.AUTHSERVER, workers=1, patience=0.1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "ensure_connection", _raise(OperationalError))
        said = checks.database_answers(start)
    assert said is not None
    assert ("AUTHSERVER_DATABASE_URL" in said) or ("AUTHSERVER_HOME" in said)


def _raise(kind: type[Exception]) -> object:
    def fail() -> None:
        raise kind("connection refused")

    return fail
