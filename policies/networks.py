"""What network rules decide about an address (R37) and which rule fired. Pure.

"If any allowed rule exists, the address must match at least one; it must match no disallowed rule; no rules → any
address." How rules are written is `clients.rules.network_rules`' business, what about a set looks mistaken that of
`policies.network_advice`. A hot path asks a `RuleSet`: the networks of each action and family are merged into ranges
once, and an address costs two binary searches however many rules there are.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from clients.rules.network_rules import ACTIONS, Network, NetworkRule, rules_of
from policies.client_address import Address


def merge(networks: Iterable[Network]) -> list[Network]:
    """Networks of one family as few disjoint ones, in rising order."""
    return list(ipaddress.collapse_addresses(networks))  # type: ignore[type-var]


def merge_all(networks: Iterable[Network]) -> list[Network]:
    """The same of both families."""
    kept = list(networks)
    return [*merge(n for n in kept if n.version == 4), *merge(n for n in kept if n.version == 6)]


@dataclass(frozen=True)
class _Ranges:
    """Disjoint ranges of addresses as integers, in rising order, of one family each."""

    starts: dict[int, list[int]]
    ends: dict[int, list[int]]

    @classmethod
    def of(cls, networks: Iterable[Network]) -> _Ranges:
        kept = list(networks)
        merged = {family: merge(n for n in kept if n.version == family) for family in (4, 6)}
        return cls(
            starts={family: [int(n.network_address) for n in nets] for family, nets in merged.items()},
            ends={family: [int(n.broadcast_address) for n in nets] for family, nets in merged.items()},
        )

    def hold(self, address: Address) -> bool:
        number, starts = int(address), self.starts[address.version]
        at = bisect_right(starts, number) - 1
        return at >= 0 and number <= self.ends[address.version][at]

    def __bool__(self) -> bool:
        return any(self.starts.values())


@dataclass(frozen=True)
class _Compiled:
    allowed: _Ranges
    denied: _Ranges

    @classmethod
    def of(cls, rules: Sequence[NetworkRule]) -> _Compiled:
        return cls(*(_Ranges.of(rule.network for rule in rules if rule.action == action) for action in ACTIONS))

    def lets_in(self, address: Address) -> bool:
        """R37."""
        return (not self.allowed or self.allowed.hold(address)) and not self.denied.hold(address)


class RuleSet:
    """A client's rules, ready for a hot path. `fingerprint` tells one set from another."""

    __slots__ = ("_all", "_enforced", "any", "fingerprint", "rules", "watches")

    def __init__(self, rules: Sequence[NetworkRule]) -> None:
        self.rules = tuple(rules)
        self.any = bool(self.rules)
        self.watches = any(rule.watched for rule in self.rules)
        self._enforced = _Compiled.of([rule for rule in self.rules if not rule.watched])
        self._all = _Compiled.of(self.rules) if self.watches else self._enforced
        self.fingerprint = crc32("\n".join(rule.line for rule in self.rules).encode()) if self.any else 0

    def refuses(self, address: Address) -> bool:
        """Whether the enforced rules refuse an address; an unknown one is refused by any allow rule."""
        return self.any and not self._enforced.lets_in(address)

    def would_refuse(self, address: Address) -> bool:
        """The same if the watched rules were enforced too."""
        return self.any and not self._all.lets_in(address)

    def refuses_some_of(self, network: Network) -> bool:
        """Whether the enforced rules would refuse the first address of a network that was seen."""
        return self.any and not self._enforced.lets_in(network.network_address)


NO_RULES = RuleSet(())


@lru_cache(maxsize=1024)
def compiled(text: str) -> RuleSet:
    """The rules of a client as its row holds them: lines that were sound when they were written."""
    return RuleSet(rules_of(text.split("\n"))) if text else NO_RULES


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether an address is let in, and by which rules. `watched_by`: the first watched rule that speaks of it."""

    allowed: bool
    let_in_by: NetworkRule | None = None
    refused_by: NetworkRule | None = None
    needed_allow: bool = False
    would_refuse: bool = False

    @property
    def reason(self) -> str:
        """In a line, for the trail: it never goes to whoever is refused."""
        if self.refused_by is not None:
            return f"network rule: {self.refused_by.line}"
        if not self.allowed:
            return "network rules: no allow rule matches"
        return f"network rule: {self.let_in_by.line}" if self.let_in_by else "no network rule speaks of it"


def verdict(rules: Sequence[NetworkRule], address: Address) -> Verdict:
    """The answer in full: slower than a RuleSet, for testers, trails and simulators."""
    enforced = [rule for rule in rules if not rule.watched]
    allowing = [rule for rule in enforced if rule.action == "allow"]
    let_in = _narrowest(allowing, address)
    refused = _narrowest([rule for rule in enforced if rule.action == "deny"], address)
    return Verdict(
        allowed=(not allowing or let_in is not None) and refused is None,
        let_in_by=let_in,
        refused_by=refused,
        needed_allow=bool(allowing),
        would_refuse=not _Compiled.of(rules).lets_in(address),
    )


def refusal_in_words(rules: RuleSet, address: Address) -> str:
    """Why an address is refused, for the trail."""
    return verdict(rules.rules, address).reason


def _narrowest(rules: Sequence[NetworkRule], address: Address) -> NetworkRule | None:
    """The most telling of the rules that match."""
    matching = [rule for rule in rules if rule.network.version == address.version and address in rule.network]
    return max(matching, key=lambda rule: rule.network.prefixlen, default=None)


def seen_as(address: Address) -> Network:
    """An address as it is remembered: IPv4 exactly, IPv6 by its /64, inside which hosts change theirs daily."""
    if isinstance(address, ipaddress.IPv4Address):
        return ipaddress.IPv4Network(address)
    return ipaddress.IPv6Network((int(address) >> 64 << 64, 64))
