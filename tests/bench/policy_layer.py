"""What the policy layer costs: `python -m tests.bench.policy_layer [--seconds N] [--rounds N]`.

Two clients of one server take turns: a plain one, and one with 20 network rules, a budget in Redis and 30 elements of
allowed scope. What counts is the ratio; 0.9 or more is wanted (issue 6).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from statistics import median

from tests.bench import servers
from tests.bench.load import Seen, load
from tests.bench.run import CONNECTIONS
from tests.ground import postgresql

WANTED = 0.9


def main() -> None:
    """Start the server, load both clients in turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="of each load")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    both = servers.ours_plain_and_ruled(postgresql.start_shared())
    seen: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for number in range(chosen.rounds + 1):
        for what in both[0].targets:
            for server in both if number % 2 else reversed(both):
                result = load(server.targets[what], seconds=chosen.seconds, connections=CONNECTIONS)
                if number:  # the first round only warms up
                    seen[server.name, what].append(result)
    print(f"{servers.WORKERS} workers, {CONNECTIONS} connections; medians of the rounds\n")
    print(f"{'':24}{'plain/s':>9}{'ruled/s':>9}{'ratio':>8}{'errors':>8}")
    for what in both[0].targets:
        plain, ruled = (median(one.rate for one in seen[name, what]) for name in ("bench", "ruled"))
        errors = sum(one.errors for name in ("bench", "ruled") for one in seen[name, what])
        print(f"{what:24}{plain:9.0f}{ruled:9.0f}{ruled / plain:8.2f}{errors:8}")
    print(f"\nWanted: a ratio of {WANTED} or more.")


if __name__ == "__main__":
    main()
