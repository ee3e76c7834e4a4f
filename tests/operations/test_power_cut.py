"""`kill -9` of a worker and of PostgreSQL under load: nothing that was answered is lost, and all recovers by itself."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.ground.processes import wait_until
from tests.ground.running import MakeCluster, MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, basic

SECRET = "a-secret-of-the-power-cut-0123456789"
CALLERS = 8
DOCUMENT = {
    "users": [{"username": "owner", "password": "a-long-owner-password", "isSuperuser": True}],
    "clients": [
        {
            "clientId": "service",
            "name": "service",
            "owner": "owner",
            "type": "confidential",
            "grants": ["client_credentials"],
            "allowedScope": "authorization.introspect",
            "clientSecret": SECRET,
        }
    ],
}


@dataclass
class Load:
    """Several callers that ask for tokens until told to stop."""

    server: Server
    stop: threading.Event = field(default_factory=threading.Event)
    tokens: list[str] = field(default_factory=list)
    answers: Counter[int | str] = field(default_factory=Counter)

    def run(self) -> None:
        caller = Caller(self.server.url, authorization=basic("service", SECRET))
        while not self.stop.is_set():
            try:
                response = caller.post("/token", {"grant_type": "client_credentials"})
            except (OSError, http.client.HTTPException) as error:
                self.answers[type(error).__name__] += 1
                time.sleep(0.05)
                continue
            self.answers[response.status] += 1
            if response.status == 200:
                self.tokens.append(response.json["access_token"])
            else:
                time.sleep(0.05)

    def more_tokens(self, *, seconds: float = 60) -> None:
        """Wait until tokens are answered (again)."""
        before = len(self.tokens)
        wait_until(lambda: len(self.tokens) >= before + 50, seconds=seconds, what=f"tokens, after {self.answers}")


@pytest.mark.once
def test_tokens_that_were_answered_survive_killed_workers_and_a_killed_postgresql(
    own_server: MakeServer, own_cluster: MakeCluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cluster = own_cluster()
    server = own_server(workers=2, on_postgresql=True, cluster=cluster, started=False)
    file = tmp_path_factory.mktemp("power-cut") / "registry.json"
    file.write_text(json.dumps(DOCUMENT))
    server.manage("apply", str(file))
    server.start()
    load = Load(server)
    threads = [threading.Thread(target=load.run) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        load.more_tokens()
        server.kill_worker()
        load.more_tokens()
        cluster.kill()
        time.sleep(1)
        server.kill_worker()
        cluster.start()
        load.more_tokens()
    finally:
        load.stop.set()
        for thread in threads:
            thread.join(60)
    assert load.answers.keys() <= {200, 503, "ConnectionResetError", "RemoteDisconnected", "BadStatusLine"}, (
        load.answers
    )
    caller = Caller(server.url, authorization=basic("service", SECRET))
    lost = [token for token in load.tokens if not caller.introspect(token)["active"]]
    assert lost == []
    assert server.worker_pids(), "the server has recovered by itself"
