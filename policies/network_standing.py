"""What people are told of a client's network rules: each with its use and warnings, and whom a set would refuse."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clients.models import Client
from clients.rules.network_rules import Network, NetworkRule
from policies import client_address
from policies.client_address import Address
from policies.models import SeenNetwork
from policies.network_advice import proposed, warnings
from policies.networks import RuleSet, Verdict, compiled, verdict
from policies.seen_networks import SPOKEN_OF, seen_since


@dataclass(frozen=True, kw_only=True)
class Seen:
    """From where requests came in the last 30 days. `watched`: what the watched rules of today would have refused."""

    network: Network
    uses: int
    refused: int
    watched: int
    last_seen: datetime

    @property
    def shown(self) -> str:
        """A single address without its length."""
        return str(self.network.network_address if self.network.version == 4 else self.network)


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """A rule as the table shows it. `line` is counted from 1; `uses`: requests that came from its network."""

    line: int
    rule: NetworkRule
    uses: int
    last_seen: datetime | None
    warnings: tuple[str, ...]

    @property
    def reach(self) -> str:
        """How many addresses it speaks of, in words."""
        count = self.rule.network.num_addresses
        if count == 1:
            return "one address"
        return f"{count:,} addresses" if count <= 2**32 else f"2^{count.bit_length() - 1} addresses"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A client's rules and what is known of them."""

    rules: RuleSet
    rows: tuple[RuleRow, ...]
    seen: tuple[Seen, ...]
    warnings: tuple[str, ...]

    @property
    def watching(self) -> tuple[Seen, ...]:
        return tuple(one for one in self.seen if one.watched)

    @property
    def watched_count(self) -> int:
        return sum(one.watched for one in self.seen)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What another set would have meant for the addresses from which the client was used."""

    seen: int
    refused: tuple[Seen, ...]
    watched: tuple[Seen, ...]
    newly: tuple[Seen, ...]
    warnings: tuple[str, ...]


def standing_of(client: Client, *, now: datetime) -> Standing:
    """One statement beside the client that was read."""
    rules = compiled(client.network_rules)
    seen = seen_by(client, rules, now=now)
    found = warnings(rules.rules)
    rows = tuple(
        _row(line, rule, seen, tuple(one.message for one in found if one.about == rule))
        for line, rule in enumerate(rules.rules, start=1)
    )
    whole = tuple(one.message for one in found if one.about is None)
    return Standing(rules=rules, rows=rows, seen=seen, warnings=whole)


def seen_by(client: Client, rules: RuleSet, *, now: datetime) -> tuple[Seen, ...]:
    return tuple(_seen(row, rules) for row in seen_since(client, now - SPOKEN_OF))


def preview(rules: RuleSet, *, before: RuleSet, seen: Sequence[Seen]) -> Preview:
    """Whom `rules` would have refused of those that used the client; `newly`: whom `before` lets in."""
    used = [one for one in seen if one.uses]
    refused = tuple(one for one in used if rules.refuses(_address(one)))
    return Preview(
        seen=len(used),
        refused=refused,
        watched=tuple(one for one in used if one not in refused and rules.would_refuse(_address(one))),
        newly=tuple(one for one in refused if not before.refuses(_address(one))),
        warnings=tuple(
            f"{one.about.action} {one.about.network}: {one.message}" if one.about else one.message
            for one in warnings(rules.rules)
        ),
    )


def learnt(seen: Sequence[Seen], *, rules: RuleSet) -> tuple[NetworkRule, ...]:
    """Allow rules for the addresses from which the client was used and that no rule allows or denies yet."""
    spoken_of = [rule.network for rule in rules.rules]
    new = [one.network for one in seen if one.uses and not _held(one.network, spoken_of)]
    return tuple(NetworkRule(network=network, action="allow", note="Seen in use") for network in proposed(new))


def tested(rules: RuleSet, text: str) -> Verdict | None:
    """What the rules say of an address that somebody typed; None for what is no address."""
    address = client_address.parse(text)
    return None if address is None else verdict(rules.rules, address)


def _row(line: int, rule: NetworkRule, seen: Sequence[Seen], said: tuple[str, ...]) -> RuleRow:
    inside = [one for one in seen if _held(one.network, [rule.network])]
    uses = sum(one.uses + one.refused for one in inside)
    last = max((one.last_seen for one in inside), default=None)
    return RuleRow(line=line, rule=rule, uses=uses, last_seen=last, warnings=said)


def _held(network: Network, by: Sequence[Network]) -> bool:
    return any(one.version == network.version and network.network_address in one for one in by)


def _address(seen: Seen) -> Address:
    return seen.network.network_address


def _seen(row: SeenNetwork, rules: RuleSet) -> Seen:
    same = rules.watches and row.watched_rules == rules.fingerprint
    return Seen(
        network=ipaddress.ip_network(row.network),
        uses=row.uses,
        refused=row.refused,
        watched=row.watched if same else 0,
        last_seen=row.last_seen,
    )
