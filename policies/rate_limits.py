"""What a client's rate rules say of a request (R40–R42): which of them holds, and what its budget has left. Pure.

How rules are written is `clients.rules.rate_rules`' business; counting is that of `policies.counters`, and charging a
request to its budgets that of `policies.budgets`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from zlib import crc32

from clients.rules.rate_rules import ANY, RateRule, rules_of
from policies.decision import Spent

Bounds = tuple[int, int]


@dataclass(frozen=True)
class RateRules:
    """A client's rules by method. A method's own rule stands in place of the one for any method.

    `fingerprint` tells one set from another.
    """

    by_method: Mapping[str, RateRule]
    fingerprint: int = 0

    @property
    def watches(self) -> bool:
        return any(rule.watched for rule in self.by_method.values())

    def rule_for(self, method: str) -> RateRule | None:
        return self.by_method.get(method) or self.by_method.get(ANY)

    def delay_for(self, method: str) -> Bounds | None:
        """The shortest and longest delay in milliseconds; a watched rule holds nobody up."""
        rule = self.rule_for(method)
        return (rule.min_delay, rule.max_delay) if rule and rule.max_delay and not rule.watched else None


NO_RATES = RateRules(MappingProxyType({}))


@lru_cache(maxsize=1024)
def compiled(text: str) -> RateRules:
    """A client's rules as its row holds them: lines that were sound when they were written."""
    if not text:
        return NO_RATES
    by_method = {rule.method: rule for rule in rules_of(text.splitlines())}
    return RateRules(MappingProxyType(by_method), fingerprint=crc32(text.encode()))


@dataclass(frozen=True, kw_only=True)
class Budget:
    """So many requests in a window of so many seconds. `key`: what is counted, the same on every worker.

    The key holds the period, not the limit: another limit goes on with the count of the running window.
    """

    name: str
    key: str
    limit: int
    period: int
    rule: str = ""
    watched: bool = False


def client_budget(rules: RateRules, *, client_pk: int, method: str) -> Budget | None:
    """The budget to which a client's request by this method is charged."""
    rule = rules.rule_for(method)
    return None if rule is None else budget_of(rule, client_pk=client_pk)


@lru_cache(maxsize=1024)
def budget_of(rule: RateRule, *, client_pk: int) -> Budget | None:
    """What a rule counts; None where it only delays."""
    if rule.limit is None or rule.period is None:
        return None
    return Budget(
        name="client",
        key=f"client/{client_pk}/{rule.method}/{rule.period}",
        limit=rule.limit,
        period=rule.period,
        rule=rule.line,
        watched=rule.watched,
    )


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One request charged to a budget: how many the running window has had with it, and the seconds until it ends."""

    budget: Budget
    used: int
    left: float

    @property
    def over(self) -> bool:
        return self.used > self.budget.limit

    @property
    def remaining(self) -> int:
        return max(0, self.budget.limit - self.used)

    @property
    def seconds(self) -> int:
        """Whole seconds after which the window has ended: a client that waits them is not early."""
        return max(1, math.ceil(self.left))

    @property
    def spent(self) -> Spent:
        """As the evaluator is told of it."""
        budget = self.budget
        return Spent(
            rule=budget.rule,
            limit=budget.limit,
            taken=self.used,
            resets_in=self.seconds,
            watched=budget.watched,
        )


def headers(charge: Charge | None) -> dict[str, str]:
    """What is left, for clients that pace themselves (draft-ietf-httpapi-ratelimit-headers): q requests in w seconds,
    r of them left for t more. Of a watched rule nobody is told: it holds nobody up.
    """
    if charge is None or charge.budget.watched:
        return {}
    budget = charge.budget
    return {
        "RateLimit-Policy": f'"{budget.name}";q={budget.limit};w={budget.period}',
        "RateLimit": f'"{budget.name}";r={charge.remaining};t={charge.seconds}',
    }
