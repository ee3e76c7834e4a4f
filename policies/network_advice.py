"""What about a set of network rules looks mistaken, and what to allow for the addresses that were seen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clients.rules.network_rules import Network, NetworkRule
from policies.networks import merge_all


@dataclass(frozen=True, kw_only=True)
class Warned:
    """A rule that looks mistaken, and why; `about` None: the whole set."""

    message: str
    about: NetworkRule | None = None


def warnings(rules: Sequence[NetworkRule]) -> list[Warned]:
    """Rules that can never decide anything, and sets that let in everybody or nobody."""
    allows = [rule for rule in rules if rule.action == "allow"]
    denies = [rule for rule in rules if rule.action == "deny"]
    denied = merge_all(rule.network for rule in denies)
    found = [Warned(message=_EVERYBODY.format(_family(rule)), about=rule) for rule in allows if _is_all(rule.network)]
    found += [_warned(rule, "Can never let anybody in: {} denies all of it.", c)
              for rule in allows if (c := cover(rule.network, denied))]  # fmt: skip
    if allows:
        allowed = [rule.network for rule in allows]
        found += [
            Warned(message="Refuses nobody: no allow rule speaks of these addresses anyway.", about=rule)
            for rule in denies
            if not any(_overlap(rule.network, network) for network in allowed)
        ]
        if all(cover(network, denied) for network in allowed):
            found.append(Warned(message="Nobody is let in: every allowed network is denied as well."))
    return [*found, *_covered(allows), *_covered(denies)]


_EVERYBODY = "Lets in every {} address: beside it no other allow rule of that family counts."


def _warned(rule: NetworkRule, message: str, by: Network) -> Warned:
    return Warned(message=message.format(by), about=rule)


def _covered(rules: Sequence[NetworkRule]) -> list[Warned]:
    """Rules of one action that add nothing, since one that is enforced as surely holds all of their addresses."""
    found = []
    networks = {rule.network: rule for rule in rules}
    for rule in rules:
        above = (networks.get(rule.network.supernet(new_prefix=p)) for p in range(rule.network.prefixlen))
        wider = next((one for one in above if one is not None and (rule.watched or not one.watched)), None)
        if wider is not None:
            found.append(_warned(rule, "Adds nothing: {} holds all of it.", wider.network))
    return found


def cover(network: Network, merged: Sequence[Network]) -> Network | None:
    """Which of some merged networks holds all of `network`."""
    return next((one for one in merged if one.version == network.version and _within(network, one)), None)


def _within(inner: Network, outer: Network) -> bool:
    return inner.subnet_of(outer)  # type: ignore[arg-type]


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _is_all(network: Network) -> bool:
    return network.prefixlen == 0


def _family(rule: NetworkRule) -> str:
    return f"IPv{rule.network.version}"


ENOUGH_FOR_A_NETWORK = 3  # hosts of one /24 that speak for the whole of it


def proposed(seen: Iterable[Network]) -> tuple[Network, ...]:
    """Networks to allow for what was seen: a /24 where several of its hosts are, else the host; IPv6 by its /64."""
    kept = list(dict.fromkeys(seen))
    hosts: dict[Network, list[Network]] = {}
    for network in kept:
        wide = network.supernet(new_prefix=24) if network.version == 4 else network
        hosts.setdefault(wide, []).append(network)
    chosen = [wide if len(those) >= ENOUGH_FOR_A_NETWORK else one for wide, those in hosts.items() for one in those]
    return tuple(merge_all(dict.fromkeys(chosen)))
