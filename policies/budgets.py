"""Charging a request to its budgets (R42): to its address before the client is known, to its client after that.

Where the counters are away, a client's budget is refused or let go, as the setting says; an address is then counted by
each worker for itself, so that clients without a budget are served as ever.
"""

from __future__ import annotations

from policies import client_address
from policies.counters import counting
from policies.counters.window import Away
from policies.networks import seen_as
from policies.rate_limits import Budget, Charge

ADDRESS_PERIOD = 60  # seconds


def charge(budget: Budget) -> Charge:
    """Count one request. Raises Away."""
    window = counting.take(budget.key, period=budget.period)
    return Charge(budget=budget, used=window.used, left=window.left)


def usage(budget: Budget) -> Charge:
    """What the running window has had; nothing is counted. Raises Away."""
    window = counting.look(budget.key)
    return Charge(budget=budget, used=window.used if window else 0, left=window.left if window else budget.period)


def charge_address(address: str, *, limit: int) -> Charge:
    """Count one request of an address, an IPv6 one with its /64 (contracts, Budgets)."""
    budget = Budget(name="address", key=f"address/{seen(address)}", limit=limit, period=ADDRESS_PERIOD)
    try:
        window = counting.take_share(budget.key, limit=limit, period=budget.period)
    except Away:
        window = counting.take_here(budget.key, period=budget.period)
    return Charge(budget=budget, used=window.used, left=window.left)


def seen(address: str) -> str:
    """An address as it is counted."""
    parsed = client_address.parse(address)
    return "unknown" if parsed is None else str(seen_as(parsed).network_address)
