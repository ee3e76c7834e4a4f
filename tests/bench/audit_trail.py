"""A trail of 1,000,000 events: `python -m tests.bench.audit_trail [--events N] [--only WORDS] [--sqlite] …`.

Its page and its search, and how fast its chain is verified. SQLite is for one machine and fewer events: 200,000 there.
"""

from __future__ import annotations

import argparse

from tests.bench import pages
from tests.ground.server import Server, new_server

TARGET = 200  # milliseconds, of the slowest in twenty
TARGET_VERIFIED = 50_000  # events a second
ADDRESSES = {
    "the first page": "",
    "a page in the middle": "before={middle}",
    "the oldest page": "before={oldest}",
    "search: a word in many": "q=billing",
    "search: two words": "q=courier+relay",
    "search: one client": "q=client-0042",
    "search: a person": "q=person-0042",
    "search: two letters": "q=zq",
    "search: nothing like it": "q=no-such-client",
    "search: an address": "q=198.51.7.7",
    "search: a request id": "q=0123456789abcdef",
    "search: a reference": "q=R-0042-0042",
    "a family": "kind=clients",
    "a rare family": "kind=server",
    "several families": "kind=clients&kind=people&kind=refusals",
    "the last week": "days=7",
    "by one actor": "actor=person-0042",
    "by one actor, a family": "actor=person-0042&kind=people",
    "by nobody": "actor=nobody",
    "a word, a family, a month": "q=billing&kind=clients&days=30",
    "a rare word and a family": "q=client-0042&kind=refusals",
}


def main() -> None:
    """Fill a server, ask it, verify it, print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int)
    parser.add_argument("--times", type=int, default=40, help="that each address is asked")
    parser.add_argument("--only", default="", help="the addresses whose names hold this")
    parser.add_argument("--sqlite", action="store_true")
    chosen = parser.parse_args()
    count = chosen.events or (200_000 if chosen.sqlite else 1_000_000)
    server = new_server(on_postgresql=not chosen.sqlite, workers=1 if chosen.sqlite else 2)
    middle, oldest = _fill(server, count)
    _verify(server)
    server.start()
    try:
        places = {"middle": middle, "oldest": oldest}
        addresses = {
            name: f"/audit/?{query.format(**places)}" for name, query in ADDRESSES.items() if chosen.only in name
        }
        print(f"\nA trail of {count:,} events, ms\n")
        pages.measure(pages.signed_in(server), addresses, heading="Audit", times=chosen.times, target=TARGET)
    finally:
        server.stop()


def _fill(server: Server, count: int) -> tuple[str, str]:
    """Two places in the trail: in its middle, and near its beginning."""
    said = server.run(
        *("shell", "--no-imports", "-c"),
        "from django.utils import timezone; from tests.bench import many_events, visitor\n"
        "from audit.models import Event; from audit.searching import cursor\n"
        f"visitor.let_in(); many_events.make({count}, now=timezone.now())\n"
        f"for place in ({count // 2}, 60): print(cursor(Event.objects.get(sequence=place)))",
        seconds=1800,
    )
    if said.returncode:
        raise RuntimeError(said.stderr)
    pages.settle(server)
    middle, oldest = said.stdout.split()[-2:]
    return middle, oldest


def _verify(server: Server) -> None:
    code = (
        "import time; from audit.verification import verify\n"
        "began = time.perf_counter(); found = verify(); taken = time.perf_counter() - began\n"
        "assert found.broken is None, found; print(found.held / taken)"
    )
    rate = float(server.shell(code).split()[-1])
    print(f"The chain: {rate:,.0f} events verified a second (target: more than {TARGET_VERIFIED:,}).")


if __name__ == "__main__":
    main()
