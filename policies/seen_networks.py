"""From where clients are used and refused: gathered in the worker, written every few seconds, bounded for each client.

People propose network rules from it (`policies.network_advice`) and see whom a watched rule would refuse. What a
killed worker had not yet written is lost; these are facts for people, not for decisions. Only requests of a client
that was authenticated, or has named itself where it has nothing to prove, are counted.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone

from clients.models import Client
from policies import client_address
from policies.models import SeenNetwork
from policies.networks import RuleSet, seen_as
from policies.rate_limits import NO_RATES, Charge, RateRules

MOST_IN_MEMORY = 20_000  # pairs of client and address between two flushes
MOST_A_CLIENT = 64  # rows from which it was used, and as many from which it was only refused
SPOKEN_OF = timedelta(days=30)


@dataclass(slots=True)
class _Count:
    """What came from one address. `rules`, `rates`: the fingerprints of those that `watched` and `watched_over` count
    for. `over`, `watched_over`: beyond a budget, and beyond one that is watched. `watched_scopes`: beyond a watched
    scope, of the wording that `scopes` marks.
    """

    uses: int = 0
    refused: int = 0
    watched: int = 0
    rules: int = 0
    over: int = 0
    watched_over: int = 0
    rates: int = 0
    watched_scopes: int = 0
    scopes: int = 0

    def add(self, other: _Count) -> None:
        if other.rules != self.rules:
            self.watched, self.rules = 0, other.rules
        if other.rates != self.rates:
            self.watched_over, self.rates = 0, other.rates
        if other.scopes != self.scopes:
            self.watched_scopes, self.scopes = 0, other.scopes
        self.uses, self.refused = self.uses + other.uses, self.refused + other.refused
        self.over, self.watched_over = self.over + other.over, self.watched_over + other.watched_over
        self.watched += other.watched
        self.watched_scopes += other.watched_scopes


_lock = threading.Lock()
_counts: dict[tuple[int, str], _Count] = {}


def note(
    *,
    client_pk: int,
    address: str,
    rules: RuleSet,
    rates: RateRules = NO_RATES,
    charge: Charge | None = None,
    watched_scope: str = "",
    beyond_scope: bool = False,
) -> None:
    """Remember one request; nothing is written yet. What it was, the rules say again, which costs a microsecond.

    `charge`: what it was charged to the client's budget, where that has one. `beyond_scope`: whether `watched_scope`,
    which refuses nothing yet, would have refused it.
    """
    read = client_address.read(address)
    refused = rules.refuses(read)
    watched = rules.watches and not refused and rules.would_refuse(read)
    one = _Count(uses=not refused, refused=refused, watched=watched, rules=rules.fingerprint, rates=rates.fingerprint)
    if charge is not None and charge.over and not refused:
        one.over, one.watched_over = not charge.budget.watched, charge.budget.watched
    if watched_scope:
        one.scopes, one.watched_scopes = mark_of(watched_scope), beyond_scope
    _add(client_pk, address, one)


def note_beyond_scope(*, client_pk: int, address: str, rules: RuleSet, rates: RateRules, watched_scope: str) -> None:
    """Remember that a person's browser was answered more than `watched_scope` would have let through: no use of the
    client from there.
    """
    one = _Count(rules=rules.fingerprint, rates=rates.fingerprint, watched_scopes=1, scopes=mark_of(watched_scope))
    _add(client_pk, address, one)


def mark_of(watched_scope: str) -> int:
    """What is counted for one wording is not counted on for another."""
    return zlib.crc32(watched_scope.encode())


def _add(client_pk: int, address: str, one: _Count) -> None:
    with _lock:
        count = _counts.get((client_pk, address))
        if count is not None:
            count.add(one)
        elif len(_counts) < MOST_IN_MEMORY:
            _counts[client_pk, address] = one


def flush() -> int:
    """Write what was gathered; returns how many rows of use there were."""
    with _lock:
        gathered = dict(_counts)
        _counts.clear()
    if not gathered:
        return 0
    rows = _by_network(gathered)
    known = set(Client.objects.filter(pk__in={pk for pk, _ in rows}).values_list("pk", flat=True))
    with transaction.atomic():
        for (client_pk, network), count in sorted(rows.items(), key=lambda row: row[0]):
            if client_pk in known:
                _write(client_pk, network, count, now=timezone.now())
        for client_pk in sorted(known):
            _bound(client_pk)
    return len(rows)


def used_lately(client_pks: Collection[int], now: datetime) -> dict[int, tuple[str, ...]]:
    """The networks from which some clients were used, by client; one statement."""
    rows = SeenNetwork.objects.filter(client__in=client_pks, uses__gt=0, last_seen__gte=now - SPOKEN_OF)
    found: dict[int, list[str]] = {}
    for row in rows.order_by("network").only("client_id", "network"):
        found.setdefault(row.client_id, []).append(row.network)
    return {client_pk: tuple(networks) for client_pk, networks in found.items()}


def seen_since(client: Client, since: datetime) -> QuerySet[SeenNetwork]:
    """The networks of one client, those with most requests first."""
    rows: QuerySet[SeenNetwork] = SeenNetwork.objects.filter(client=client, last_seen__gte=since)
    rows = rows.exclude(uses=0, refused=0)  # the browsers of people are no networks of the client's
    return rows.order_by("-uses", "-refused", "network")


def _by_network(gathered: Mapping[tuple[int, str], _Count]) -> dict[tuple[int, str], _Count]:
    rows: dict[tuple[int, str], _Count] = {}
    for (client_pk, text), count in gathered.items():
        address = client_address.parse(text)
        if address is not None:
            fresh = _Count(rules=count.rules, rates=count.rates, scopes=count.scopes)
            rows.setdefault((client_pk, str(seen_as(address))), fresh).add(count)
    return rows


def _write(client_pk: int, network: str, count: _Count, *, now: datetime) -> None:
    """Two workers may write one row at once: it is made where it is not, then added to."""
    marks = {"watched_rules": count.rules, "rate_rules": count.rates, "scope_mark": count.scopes}
    fresh = SeenNetwork(client_id=client_pk, network=network, last_seen=now, **marks)
    SeenNetwork.objects.bulk_create([fresh], ignore_conflicts=True)
    watched = When(watched_rules=count.rules, then=F("watched") + Value(count.watched))
    watched_over = When(rate_rules=count.rates, then=F("watched_over") + Value(count.watched_over))
    watched_scopes = When(scope_mark=count.scopes, then=F("watched_scopes") + Value(count.watched_scopes))
    SeenNetwork.objects.filter(client_id=client_pk, network=network).update(
        uses=F("uses") + count.uses,
        refused=F("refused") + count.refused,
        over=F("over") + count.over,
        watched=Case(watched, default=Value(count.watched)),
        watched_over=Case(watched_over, default=Value(count.watched_over)),
        watched_scopes=Case(watched_scopes, default=Value(count.watched_scopes)),
        **marks,
        last_seen=now,
    )


def _bound(client_pk: int) -> None:
    """Keep the latest of each sort: whoever is refused from everywhere does not push out from where it is used."""
    rows = SeenNetwork.objects.filter(client_id=client_pk).order_by("-last_seen", "-pk")
    for sort in (rows.filter(uses__gt=0), rows.filter(uses=0)):
        beyond = list(sort.values_list("pk", flat=True)[MOST_A_CLIENT:])
        if beyond:
            SeenNetwork.objects.filter(pk__in=beyond).delete()
