"""Run the benchmark and print ratios: `python -m tests.bench.run [--seconds N] [--rounds N] [--only PART]`.

What counts is the ratio within one run: both servers take turns on the same machine, round after round.
"""

from __future__ import annotations

import argparse
import contextlib
import urllib.error
import urllib.request
from collections import defaultdict
from statistics import median

import psycopg

from tests.bench import servers
from tests.bench.load import Seen, Target, load
from tests.bench.servers import Server
from tests.ground import postgresql
from tests.ground.postgresql import PostgreSQL

CONNECTIONS = 32
# A stock answer to 32 callers at once takes seconds: a short load would count none.
PATIENCE = {"ours": 1, "stock": 4}


def main() -> None:
    """Start both servers, load them in turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seconds", type=int, default=4, help="of each load of ours; the control gets four times as long"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", metavar="PART", help="the rows whose name holds this")
    chosen = parser.parse_args()
    postgresql.SETTINGS = {**postgresql.SETTINGS, "shared_preload_libraries": "pg_stat_statements"}
    cluster = postgresql.start_shared()
    compared = (servers.ours(cluster), servers.stock(cluster))
    seen: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    statements: dict[tuple[str, str], list[float]] = defaultdict(list)
    names = [name for name in compared[0].targets if chosen.only in name]
    for number in range(chosen.rounds + 1):
        for what in names:
            for server in (one for one in compared if what in one.targets):
                seconds = chosen.seconds * PATIENCE[server.name] if number else 2
                result, counted = _one(cluster, server, what, seconds=seconds)
                if number:  # the first round only warms up
                    seen[server.name, what].append(result)
                    statements[server.name, what].append(counted)
    _print(seen, statements, names)


def _one(cluster: PostgreSQL, server: Server, what: str, *, seconds: int) -> tuple[Seen, float]:
    """One load, and the statements that the database ran for each answer."""
    target = server.targets[what].supplied(seconds=seconds)
    with psycopg.connect(cluster.url(server.database), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("SELECT pg_stat_statements_reset()")
        result = load(target, seconds=seconds, connections=CONNECTIONS)
        row = connection.execute(
            "SELECT COALESCE(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid"
            " WHERE d.datname = current_database() AND query NOT LIKE '%pg_stat_statements%'"
        ).fetchone()
    _drain(target)
    return result, float(row[0] if row else 0) / max(result.requests, 1)


def _drain(target: Target) -> None:
    """Wait until what wrk has left behind in the server's queue is worked off, so that the next load meets none."""
    for _ in range(2 * servers.WORKERS):
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(target.url, timeout=120).close()


def _print(
    seen: dict[tuple[str, str], list[Seen]], statements: dict[tuple[str, str], list[float]], names: list[str]
) -> None:
    print(f"PostgreSQL, durable; {servers.WORKERS} workers, {CONNECTIONS} connections; medians of the rounds\n")
    print(f"{'':24}{'ours/s':>9}{'stock/s':>9}{'ratio':>8}{'p99 ms':>9}{'errors':>8}{'statements':>12}{'stock':>8}")
    for what in names:
        mine, theirs = seen["ours", what], seen["stock", what]
        rate, p99, counted = median(s.rate for s in mine), median(s.p99_ms for s in mine), statements["ours", what]
        control = max(median(s.rate for s in theirs), 0.01) if theirs else None
        beside = f"{control:9.1f}{rate / control:7.0f}x" if control else f"{'–':>9}{'–':>8}"
        errors = sum(s.errors for s in mine + theirs)
        stock = f"{median(statements['stock', what]):8.2f}" if theirs else f"{'–':>8}"
        print(f"{what:24}{rate:9.0f}{beside}{p99:9.1f}{errors:8}{median(counted):12.2f}{stock}")


if __name__ == "__main__":
    main()
