"""What people are told of a client's rate rules: how much of each budget is used now, and who was held up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from clients import wording
from clients.models import Client
from clients.rules.rate_rules import ANY, RateRule
from policies import budgets
from policies.counters.window import Away
from policies.models import SeenNetwork
from policies.rate_limits import Charge, RateRules, budget_of, compiled
from policies.seen_networks import SPOKEN_OF, seen_since

MOST_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """A rule as the table shows it. `now`: its running window; None without a budget, and where nobody could say."""

    rule: RateRule
    now: Charge | None

    @property
    def method(self) -> str:
        return "Any method" if self.rule.method == ANY else self.rule.method

    @property
    def budget(self) -> str:
        rule = self.rule
        if rule.limit is None or rule.period is None:
            return ""
        return f"{wording.counted(rule.limit, 'request')} in {wording.duration(rule.period)}"

    @property
    def delay(self) -> str:
        rule = self.rule
        if not rule.max_delay:
            return ""
        if rule.min_delay == rule.max_delay:
            return f"waits {rule.max_delay:,} ms"
        return f"waits {rule.min_delay:,} to {rule.max_delay:,} ms"

    @property
    def used(self) -> str:
        return "" if self.now is None else f"{self.now.used:,} of {self.rule.limit:,}"

    @property
    def left(self) -> str:
        """When the running window ends; nothing where none runs."""
        return "" if self.now is None or not self.now.used else wording.duration(self.now.seconds)


@dataclass(frozen=True, kw_only=True)
class HeldUp:
    """From where requests came that were beyond a budget, or beyond one that is watched by the rules of today."""

    shown: str
    over: int
    watched: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A client's rules and what is known of them. `away`: the counters could not be asked."""

    rules: RateRules
    rows: tuple[RuleRow, ...]
    held_up: tuple[HeldUp, ...]
    away: bool

    @property
    def watching(self) -> tuple[HeldUp, ...]:
        return tuple(one for one in self.held_up if one.watched)

    @property
    def more(self) -> int:
        """How many networks stand behind those that are shown."""
        return max(0, len(self.held_up) - MOST_SHOWN)

    @property
    def watched_count(self) -> int:
        return sum(one.watched for one in self.held_up)


def standing_of(client: Client, *, now: datetime) -> Standing:
    """One statement beside the client that was read, and a question to the counters for each budget."""
    rules = compiled(client.rate_rules)
    try:
        rows, away = [_row(client, rule, asked=True) for rule in rules.by_method.values()], False
    except Away:
        rows, away = [_row(client, rule, asked=False) for rule in rules.by_method.values()], True
    return Standing(rules=rules, rows=tuple(rows), held_up=_held_up(client, rules, now=now), away=away)


def _row(client: Client, rule: RateRule, *, asked: bool) -> RuleRow:
    budget = budget_of(rule, client_pk=client.pk)
    return RuleRow(rule=rule, now=budgets.usage(budget) if budget is not None and asked else None)


def _held_up(client: Client, rules: RateRules, *, now: datetime) -> tuple[HeldUp, ...]:
    same = Q(watched_over__gt=0, rate_rules=rules.fingerprint) if rules.watches else Q(pk=None)
    rows = seen_since(client, now - SPOKEN_OF).filter(Q(over__gt=0) | same)
    return tuple(_one(row, rules) for row in rows.order_by("-over", "-watched_over", "network"))


def _one(row: SeenNetwork, rules: RateRules) -> HeldUp:
    same = rules.watches and row.rate_rules == rules.fingerprint
    return HeldUp(
        shown=row.network.removesuffix("/32"),
        over=row.over,
        watched=row.watched_over if same else 0,
    )
