"""`kill -9` of every worker between any two steps of a flow: what was answered stays true, what was used stays used.

The same after the store was restored from a backup; and a fault in the middle of a step leaves nothing half done.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.ground import postgresql
from tests.ground.processes import wait_until
from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol import test_device_grant as device
from tests.protocol.authorizing import Browser, is_active, redeem, refresh
from tests.protocol.caller import Caller
from tests.protocol.conftest import DOCUMENT, as_client

pytestmark = pytest.mark.once
Own = tuple[Caller, Browser, Server]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def own(request: pytest.FixtureRequest, server: MakeServer, tmp_path_factory: pytest.TempPathFactory) -> Own:
    running = server(workers=1, on_postgresql=request.param == "postgresql")
    file = Path(tmp_path_factory.mktemp("killed")) / "registry.json"
    file.write_text(json.dumps(DOCUMENT))
    running.manage("apply", str(file))
    browser = Browser(running.url)
    assert browser.sign_in().status == 302
    return Caller(running.url, authorization=as_client("service")), browser, running


def kill(running: Server) -> None:
    """Every worker, without a word; nothing that it remembered is left."""
    killed = running.worker_pids()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: set(running.worker_pids()) - set(killed), seconds=20, what="a new worker")
    assert running.answers("/healthz/ready")


def test_a_code_its_refreshes_and_its_revocation_survive_a_kill_after_each_step(own: Own) -> None:
    machine, browser, running = own
    page = browser.authorize(prompt="consent")
    kill(running)
    code = browser.allow(page).code
    kill(running)
    first = redeem(machine, code).json
    kill(running)
    assert is_active(machine, first["access_token"])
    second = refresh(machine, first["refresh_token"]).json
    kill(running)
    assert is_active(machine, second["access_token"])
    assert machine.post("/revoke", {"token": second["access_token"]}, authorization=as_client("web")).status == 200
    kill(running)
    assert not is_active(machine, second["access_token"])
    assert refresh(machine, second["refresh_token"]).error == "invalid_grant"
    assert redeem(machine, code).error == "invalid_grant"


def test_r31_reuse_is_seen_and_ends_the_family_after_a_kill(own: Own) -> None:
    machine, browser, running = own
    first = redeem(machine, browser.code()).json
    second = refresh(machine, first["refresh_token"]).json
    kill(running)
    assert refresh(machine, first["refresh_token"]).error == "invalid_grant"
    kill(running)
    assert not is_active(machine, second["access_token"])
    assert refresh(machine, second["refresh_token"]).error == "invalid_grant"


def test_r31_reuse_is_seen_in_a_store_that_was_restored_from_a_backup(own: Own) -> None:
    """What was used and what was revoked when the backup was made stays so."""
    machine, browser, running = own
    first, gone = redeem(machine, browser.code()).json, redeem(machine, browser.code()).json
    second = refresh(machine, first["refresh_token"]).json
    machine.post("/revoke", {"token": gone["refresh_token"]}, authorization=as_client("web"))
    backup = back_up(running)
    third = refresh(machine, second["refresh_token"]).json
    running.stop()
    restore(running, backup)
    running.start()
    assert not is_active(machine, gone["access_token"])
    assert not is_active(machine, third["access_token"])
    assert is_active(machine, second["access_token"])
    assert refresh(machine, first["refresh_token"]).error == "invalid_grant"
    assert not is_active(machine, second["access_token"])
    assert refresh(machine, second["refresh_token"]).error == "invalid_grant"


def back_up(running: Server) -> str | Path:
    """While the server runs: by pg_dump, or by the backup that SQLite has of its own."""
    if url := running.variables.get("AUTHSERVER_DATABASE_URL"):
        return postgresql.start_shared().dump(database_of(url))
    file = running.home / "backup.sqlite3"
    with closing(sqlite3.connect(running.home / "db.sqlite3")) as store, closing(sqlite3.connect(file)) as copy:
        store.backup(copy)
    return file


def restore(running: Server, backup: str | Path) -> None:
    if isinstance(backup, Path):
        for file in running.home.glob("db.sqlite3*"):
            file.unlink()
        backup.rename(running.home / "db.sqlite3")
        return
    cluster, name = postgresql.start_shared(), database_of(running.variables["AUTHSERVER_DATABASE_URL"])
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")
    cluster.execute(f"CREATE DATABASE {name}")
    cluster.restore(backup, database=name)


def database_of(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def test_a_fault_in_the_middle_of_a_step_leaves_it_undone_and_the_next_try_succeeds(own: Own) -> None:
    """A store that refuses the last row of a redemption or a refresh: the code and the token are as good as before."""
    machine, browser, running = own
    code = browser.code()
    with refusing_refresh_tokens(running):
        assert redeem(machine, code).status == 500
    first = redeem(machine, code)
    assert first.status == 200, first.text
    with refusing_refresh_tokens(running):
        assert refresh(machine, first.json["refresh_token"]).status == 500
    assert refresh(machine, first.json["refresh_token"]).status == 200
    assert is_active(machine, first.json["access_token"])


@contextmanager
def refusing_refresh_tokens(running: Server) -> Iterator[None]:
    """A trigger in the store itself fails every new one."""
    url = running.variables.get("AUTHSERVER_DATABASE_URL")
    if url:
        break_, mend = BREAK_POSTGRESQL, "DROP TRIGGER broken ON tokens_refreshtoken; DROP FUNCTION broken()"
    else:
        break_, mend = BREAK_SQLITE, "DROP TRIGGER broken"
    execute(running, break_)
    try:
        yield
    finally:
        execute(running, mend)


BREAK_SQLITE = "CREATE TRIGGER broken BEFORE INSERT ON tokens_refreshtoken BEGIN SELECT RAISE(ABORT, 'broken'); END"
BREAK_POSTGRESQL = """
CREATE FUNCTION broken() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$ LANGUAGE plpgsql;
CREATE TRIGGER broken BEFORE INSERT ON tokens_refreshtoken FOR EACH ROW EXECUTE FUNCTION broken()
"""


def execute(running: Server, statements: str) -> None:
    if url := running.variables.get("AUTHSERVER_DATABASE_URL"):
        postgresql.start_shared().execute(statements, database=database_of(url))
    else:
        with closing(sqlite3.connect(running.home / "db.sqlite3", timeout=20, isolation_level=None)) as store:
            store.execute(statements)


def test_rfc8628_a_device_code_survives_a_kill_after_each_step_and_is_redeemed_once(own: Own) -> None:
    machine, browser, running = own
    asked = device.ask(machine)
    kill(running)
    assert "is connected" in device.allow(browser, asked["user_code"]).text
    kill(running)
    tokens = device.poll(machine, asked["device_code"])
    assert tokens.status == 200, tokens.text
    kill(running)
    assert is_active(machine, tokens.json["access_token"])
    assert device.poll(machine, asked["device_code"]).error == "invalid_grant"
