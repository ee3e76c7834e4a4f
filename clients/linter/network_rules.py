"""Network rules that guard nothing, and clients that could easily have some. Pure."""

from __future__ import annotations

from datetime import timedelta

from clients.linter.findings import Concern
from clients.linter.linted import Linted
from clients.rules.network_rules import NotANetwork, rules_of


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


STEADY_FOR = timedelta(days=14)
FEW = 4  # networks: more of them are no list that anybody keeps up to date


def unbound(client: Linted) -> Concern | None:
    """R37: a service that has come from the same few networks for weeks loses nothing by a rule that says so."""
    young = client.now - client.created < STEADY_FOR
    if client.facts.network_rules or young or not 0 < len(client.used_from) <= FEW:
        return None
    return Concern(
        title="A stolen secret of it works from anywhere",
        words=client.used_from,
        explanation="It is used from a few networks only and has no network rules. Rules for these can be proposed.",
    )
