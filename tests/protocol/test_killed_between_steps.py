"""`kill -9` of every worker between any two steps of a flow: what was answered stays true, what was used stays used."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

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
    code = browser.code()
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
