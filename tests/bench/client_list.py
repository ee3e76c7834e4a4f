"""The list of 100,000 clients (R51): `python -m tests.bench.client_list [--clients N] [--only WORDS] …`.

SQLite is for one machine and fewer clients: 20,000 there.
"""

from __future__ import annotations

import argparse

from tests.bench import pages
from tests.ground.server import Server, new_server

TARGET = 150  # milliseconds, of the slowest in twenty
ADDRESSES = {
    "the first page": "",
    "page 1,000 of 2,000": "page={middle}",
    "the last page": "page={last}",
    "200 rows": "per=200",
    "search: a word": "q=billing",
    "search: two words": "q=billing+osaka",
    "search: an id": "q=orders-0{some:05}",
    "search: a number": "q=%23{some}",
    "search: two letters": "q=zq",
    "search: nothing like it": "q=no-such-client",
    "type": "type=public",
    "grant, many": "grant=client_credentials",
    "grant, few": "grant=password",
    "status": "status=inactive",
    "protected": "status=protected",
    "owner": "owner=person-0042",
    "owner, part of a name": "owner=Given1",
    "never expiring": "lifetime=never",
    "unused for 90 days": "use=stale",
    "risk": "risk=danger",
    "secret in order": "secret=ok",
    "secret ending": "secret=expiring",
    "secret expired": "secret=expired",
    "no secret": "secret=none",
    "needs attention": "status=active&risk=danger",
    "several facets and a word": "q=portal&type=public&status=active&risk=warn&risk=info",
    "a facet's page 200": "type=public&page=200",
    "by name": "sort=name",
    "by name, the last page": "sort=name&page={last}",
    "by client id": "sort=client_id",
    "by type": "sort=client_type",
    "by owner": "sort=owner",
    "by owner, the middle": "sort=owner&page={middle}",
    "by owner, the last page": "sort=owner&page={last}",
    "by last use": "sort=-last_used",
    "by last use, the last page": "sort=-last_used&page={last}",
    "by status": "sort=status",
    "a facet by name": "type=confidential&sort=name",
    "a facet by owner": "risk=warn&sort=owner",
}


def main() -> None:
    """Fill a server, ask it, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int)
    parser.add_argument("--times", type=int, default=40, help="that each address is asked")
    parser.add_argument("--only", default="", help="the addresses whose names hold this")
    parser.add_argument("--sqlite", action="store_true")
    chosen = parser.parse_args()
    count = chosen.clients or (20_000 if chosen.sqlite else 100_000)
    server = new_server(on_postgresql=not chosen.sqlite, workers=1 if chosen.sqlite else 2)
    _fill(server, count)
    server.start()
    try:
        places = {"middle": count // 100, "last": count // 50, "some": count // 2}
        addresses = {
            name: f"/clients/?{query.format(**places)}" for name, query in ADDRESSES.items() if chosen.only in name
        }
        print(f"The list of {count:,} clients, ms\n")
        pages.measure(pages.signed_in(server), addresses, heading="Clients", times=chosen.times, target=TARGET)
    finally:
        server.stop()


def _fill(server: Server, count: int) -> None:
    server.shell(
        "from django.utils import timezone; from tests.bench import many_clients, visitor\n"
        f"many_clients.make({count}, now=timezone.now()); visitor.let_in()"
    )
    pages.settle(server)


if __name__ == "__main__":
    main()
