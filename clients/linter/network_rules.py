"""Network rules that guard nothing. Pure."""

from __future__ import annotations

from clients.linter.findings import Concern
from clients.linter.linted import Linted
from clients.network_rules import NotANetwork, rules_of


def lets_everybody_in(client: Linted) -> Concern | None:
    """R37: beside a network that holds every address, the other allowed ones decide nothing."""
    try:
        rules = rules_of(client.facts.network_rules)
    except NotANetwork:  # a form that is being filled in: its own fault says so
        return None
    everything = tuple(str(r.network) for r in rules if r.action == "allow" and r.network.prefixlen == 0)
    if not everything:
        return None
    return Concern(
        title="Its network rules let everybody in",
        words=everything,
        explanation="A network that holds every address is allowed. List those from which it is used.",
    )
