"""Charging a request to its budgets (R42): to its address before the client is known, to its client after that.

What being over means is decided in `policies.evaluate`; what is counted stands in `policies.rate_limits`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache

from policies import client_address
from policies.counters import counting
from policies.counters.window import Away
from policies.networks import seen_as
from policies.rate_limits import Budget, Charge
from policies.snapshots import refresh_server_policy, remembered_server_policy

ADDRESS_PERIOD = 60  # seconds
LOOKED_AT_MOST = 1.0  # seconds between two looks at the settings for the sake of addresses that are over


class Meter:
    """What one request was charged to its client: once, however often the request is decided."""

    def __init__(self) -> None:
        self.charge: Charge | None = None
        self._away = False

    def take(self, budget: Budget | None) -> Charge | None:
        """The charge to this budget; where its rule has changed meanwhile, as the rule is now. Raises Away."""
        if budget is None or self._away:
            self.charge = None
            if budget is not None:
                raise Away("nobody could count this request a moment ago")
        elif self.charge is not None and self.charge.budget.key == budget.key:
            self.charge = replace(self.charge, budget=budget)
        else:
            self.charge = self._count(budget)
        return self.charge

    def _count(self, budget: Budget) -> Charge:
        try:
            window = counting.take(budget.key, limit=budget.limit, period=budget.period)
        except Away:
            self._away, self.charge = True, None
            raise
        return Charge(budget=budget, used=window.used, left=window.left)


def usage(budget: Budget) -> Charge:
    """What the running window has had; nothing is counted. Raises Away."""
    window = counting.look(budget.key)
    return Charge(budget=budget, used=window.used if window else 0, left=window.left if window else budget.period)


def charge_address(address: str) -> Charge:
    """Count one request of an address, an IPv6 one with its /64 (contracts, Budgets).

    The limit is the one that this worker remembers; over it the settings are looked at, since it may have been raised.
    """
    limit = remembered_server_policy().address_budget
    charge = _charge_address(address, limit=limit)
    if charge.over and _looker.may_look() and (raised := refresh_server_policy().address_budget) > limit:
        return _charge_address(address, limit=raised)
    return charge


def _charge_address(address: str, *, limit: int) -> Charge:
    budget = Budget(name="address", key=f"address/{seen(address)}", limit=limit, period=ADDRESS_PERIOD)
    window = counting.take_of_address(budget.key, limit=limit, period=budget.period)
    return Charge(budget=budget, used=window.used, left=window.left)


@lru_cache(maxsize=4096)
def seen(address: str) -> str:
    """An address as it is counted."""
    parsed = client_address.parse(address)
    return "unknown" if parsed is None else str(seen_as(parsed).network_address)


class _Looker:
    """Lets one caller a while look at the settings, so that a flood of refused requests costs the database nothing."""

    def __init__(self) -> None:
        self._next = 0.0

    def may_look(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + LOOKED_AT_MOST
        return True


_looker = _Looker()
