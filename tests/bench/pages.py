"""How long pages of the console take: each address is asked one after the other by a person who is signed in, as a
browser asks it; what is printed is the time from the request to the whole answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median, quantiles

import requests

from tests.ground import postgresql
from tests.ground.server import Server

NAME, PASSWORD = "bench", "correct-horse-battery-staple-9"


@dataclass(frozen=True)
class Visitor:
    browser: requests.Session
    url: str


def settle(server: Server) -> None:
    """What PostgreSQL would have done by itself by the time that so many rows have come."""
    if url := server.variables.get("AUTHSERVER_DATABASE_URL"):
        postgresql.start_shared().execute("VACUUM ANALYZE", database=url.rpartition("/")[2])


def signed_in(server: Server) -> Visitor:
    browser = requests.Session()
    page = browser.get(f"{server.url}/sign-in/", timeout=30).text
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
    form = {"csrfmiddlewaretoken": token, "login": NAME, "username": NAME, "password": PASSWORD}
    browser.post(f"{server.url}/sign-in/", form, headers={"Referer": server.url}, timeout=30)
    return Visitor(browser, server.url)


def measure(visitor: Visitor, addresses: Mapping[str, str], *, heading: str, times: int, target: float) -> None:
    """Print median and 95th percentile of each address in milliseconds, and how the slowest stands to `target`."""
    print(f"{'':32}{'median':>8}{'p95':>8}")
    slowest = 0.0
    for name, address in addresses.items():
        taken = [_ask(visitor, address, heading) for _ in range(times + 2)][2:]  # both workers have met it
        p95 = quantiles(taken, n=20)[-1]
        slowest = max(slowest, p95)
        print(f"{name:32}{median(taken):8.0f}{p95:8.0f}{'' if p95 < target else '  over the target'}")
    print(f"\nTarget: p95 under {target}; the slowest is {slowest:.0f}.")


def _ask(visitor: Visitor, address: str, heading: str) -> float:
    began = time.perf_counter()
    answer = visitor.browser.get(visitor.url + address, timeout=60)
    taken = 1000 * (time.perf_counter() - began)
    if answer.status_code != 200 or f"<h1>{heading}</h1>" not in answer.text:
        raise RuntimeError(f"{address} answered {answer.status_code}.")
    return taken
