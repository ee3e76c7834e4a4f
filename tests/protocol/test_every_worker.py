"""A change binds every worker of a server at its next request, and a delay holds nobody else."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller
from tests.protocol.conftest import DOCUMENT, SECRETS, as_client

ASK = {"grant_type": "client_credentials"}
TRIES = 24  # each over a connection of its own, so that every worker answers some


@pytest.fixture(scope="module")
def several(server: MakeServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Server, Caller]:
    """Two workers that have each answered and remember the clients."""
    running = server(workers=2)
    file = tmp_path_factory.mktemp("several") / "registry.json"
    file.write_text(json.dumps(DOCUMENT))
    running.manage("apply", str(file))
    caller = Caller(running.url, authorization=as_client("service"))
    for name in ("inner", "reset-me"):
        assert statuses(caller, as_client(name)) == {200}
    return running, caller


def statuses(caller: Caller, authorization: str) -> set[int]:
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(caller.post, "/token", ASK, authorization=authorization) for _ in range(TRIES)]
        return {one.result().status for one in asked}


def test_r15_r46_a_reset_secret_and_a_deactivated_client_are_refused_by_every_worker_at_once(
    several: tuple[Server, Caller],
) -> None:
    running, caller = several
    token = caller.token(authorization=as_client("inner"))
    assert {caller.introspect(token, authorization=as_client("reader"))["active"] for _ in range(TRIES)} == {True}
    changed = {"clients": [
        {"clientId": "reset-me", "name": "reset-me", "clientSecret": "another-secret-0123456789"},
        {"clientId": "inner", "name": "inner", "active": False},
    ]}  # fmt: skip
    running.manage("apply", "-", text=json.dumps(changed))
    assert statuses(caller, as_client("reset-me")) == {401}
    assert statuses(caller, as_client("inner")) == {401}
    dead = [caller.introspect(token, authorization=as_client("reader")) for _ in range(TRIES)]
    assert dead == [{"active": False}] * TRIES


@pytest.mark.once
def test_twenty_four_delayed_answers_stall_nobody_else_and_one_more_is_429(
    own_server: MakeServer, tmp_path: Path
) -> None:
    running = own_server(workers=1)
    file = tmp_path / "registry.json"
    file.write_text(json.dumps(DOCUMENT))
    running.manage("apply", str(file))
    running.shell(
        "from clients.models import Client\n"
        "Client.objects.filter(client_id='stranger').update(rate_rules='POST delay 10000-10000ms')"
    )
    caller = Caller(running.url, authorization=as_client("service"))
    caller.token()
    slow = as_client("stranger")
    with ThreadPoolExecutor(24) as pool:
        delayed = [pool.submit(timed, caller, slow) for _ in range(24)]
        time.sleep(5)  # on a busy machine the last of them needs a while to arrive
        quick = [timed(caller, as_client("service")) for _ in range(10)]
        refused = caller.post("/token", ASK, authorization=slow)
        answers = [one.result() for one in delayed]
    assert {status for status, _ in answers} == {200}
    assert all(seconds >= 10 for _, seconds in answers)
    assert {status for status, _ in quick} == {200}
    assert sorted(seconds for _, seconds in quick)[5] < 1
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "5"


def timed(caller: Caller, authorization: str) -> tuple[int, float]:
    begun = time.monotonic()
    status = caller.post("/token", ASK, authorization=authorization).status
    return status, time.monotonic() - begun


def test_secrets_of_the_registry_are_nowhere_in_the_log(several: tuple[Server, Caller]) -> None:
    running, caller = several
    token = caller.token()
    caller.post("/token", {**ASK, "client_id": "poster", "client_secret": SECRETS["poster"]}, authorization="")
    caller.post("/revoke", {"token": token})
    written = running.log_text()
    assert not [secret for secret in [*SECRETS.values(), token] if secret in written]
