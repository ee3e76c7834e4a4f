"""R42: two server processes with two workers each count in one Redis: exactly what a budget says passes."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from redis import Redis

from tests.ground import shared
from tests.ground.processes import free_port, wait_until
from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, Response, basic

pytestmark = pytest.mark.once
SECRET = "a-secret-of-the-metered-0123456789"
BUDGET = 150
DOCUMENT = {
    "users": [{"username": "owner", "password": "a-long-owner-password", "isSuperuser": True}],
    "clients": [
        {"clientId": name, "name": name, "owner": "owner", "grants": ["client_credentials"], "clientSecret": SECRET,
         "rateLimitRules": [{"method": "POST", "limit": BUDGET, "period": 86400}]}
        for name in ("metered", "other")
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def both(server: MakeServer) -> Iterator[tuple[Server, Server]]:
    """Two machines, as it were: one database, Redis and secret key; a home, a port and an issuer of its own each."""
    first = server(workers=2, on_postgresql=True)
    first.manage("apply", "-", text=json.dumps(DOCUMENT))
    home = shared.folder() / f"server-{shared.next_number('server')}"
    home.mkdir(mode=0o700)
    shutil.copy(first.home / "secret_key", home)
    second = replace(first, home=home, port=free_port(), process=None)
    second.start()
    yield first, second
    second.stop()


def ask(server: Server, client_id: str = "metered") -> Response:
    caller = Caller(server.url, authorization=basic(client_id, SECRET))
    return caller.post("/token", {"grant_type": "client_credentials"})


def at_once(servers: tuple[Server, Server], count: int) -> Counter[int]:
    with ThreadPoolExecutor(8) as pool:
        return Counter(pool.map(lambda number: ask(servers[number % 2]).status, range(count)))


def test_r42_exactly_the_budget_passes_also_over_the_restart_of_a_worker(
    both: tuple[Server, Server],
) -> None:
    passed = at_once(both, 80)
    assert passed == {200: 80}
    gone = both[0].kill_worker()
    wait_until(lambda: len(both[0].worker_pids()) == 2, seconds=40, what=f"another worker stands for {gone}")
    wait_until(both[0].answers, seconds=20, what="it answers")
    assert at_once(both, 200) == {200: BUDGET - 80, 429: 200 - (BUDGET - 80)}
    refused = ask(both[1])
    assert (refused.status, refused.headers["RateLimit"].split(";")[1]) == (429, "r=0")
    assert 86_000 < int(refused.headers["Retry-After"]) <= 86_400
    assert ask(both[1], "other").status == 200
    Redis.from_url(both[0].variables["AUTHSERVER_REDIS_URL"]).flushdb()
    time.sleep(1.2)  # so long a worker believes that a budget is used up
    assert at_once(both, 20) == {200: 20}  # emptied: it begins anew, with an alarm
    assert "counters.emptied" in both[0].log_text() + both[1].log_text()
