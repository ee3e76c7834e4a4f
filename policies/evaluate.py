"""The evaluator: an ordered table of checks on a request whose client is known. Pure: a question in, a decision out.

The endpoints, `/check`, the simulator and the trace of a refusal all run this table. Counters stand outside: whoever
charged a budget hands their answer to `settle`, the stage behind the table, so that whoever only asks counts nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from policies import checks
from policies.decision import ALLOW, Allow, Decision, Deny, Spent, Watched
from policies.question import BY_CREDENTIALS, BY_TOKEN, ENDPOINTS, GRANTING, Question
from policies.resources import NOWHERE

INTROSPECT = frozenset({"introspect"})
CHECK = frozenset({"check"})


@dataclass(frozen=True)
class Stage:
    """A part of a decision: a stable name, and its title for people."""

    name: str
    title: str


@dataclass(frozen=True)
class Check(Stage):
    """A row of the table: what decides, and the endpoints at which it is asked."""

    decide: Callable[[Question], Decision]
    at: frozenset[str] = ENDPOINTS


CHECKS: tuple[Check, ...] = (
    Check("transport", "Transport", checks.transport_is_safe),
    Check("token", "Access token", checks.token_holds, BY_TOKEN | INTROSPECT),
    Check("authentication", "Client authentication", checks.authentication_is_accepted, BY_CREDENTIALS),
    Check("client", "Client state", checks.client_is_active),
    Check("network", "Network rules", checks.network_is_allowed),
    Check("token-scope", "Token’s scope", checks.token_has_scope, BY_TOKEN | INTROSPECT),
    Check("audience", "Audience", checks.token_is_meant_for_api, CHECK),
    Check("introspection", "May introspect", checks.may_introspect, INTROSPECT),
    Check("legacy", "Legacy grants", checks.grant_is_on, GRANTING),
    Check("grant", "Grant type", checks.grant_is_selected, GRANTING),
    Check(checks.SCOPE, "Allowed scope", checks.scope_is_allowed, GRANTING),
)
BUDGET = Stage("budget", "Client budget")
UNCOUNTED = Deny(
    code="counters-away",
    error="temporarily_unavailable",
    sentence="The requests of this client cannot be counted now. Try again shortly.",
    status=503,
    detail="the counters are away, and the settings say that clients with a budget are then refused",
    retry_after=2,
)
BY_ENDPOINT = {endpoint: tuple(check for check in CHECKS if endpoint in check.at) for endpoint in ENDPOINTS}


@dataclass(frozen=True)
class Outcome:
    """What one stage said. After the first denial the rest was not reached in production."""

    stage: Stage
    decision: Decision


def evaluate(question: Question, *, seen: list[Outcome] | None = None) -> Decision:
    """The first denial, or Allow with what the checks found: the reach, and what watched rules would have denied.

    With `seen` every check of the endpoint is asked and its outcome added there; the answer is the same.
    """
    table = BY_ENDPOINT.get(question.endpoint, CHECKS)
    return _first(question, table) if seen is None else _every(question, table, seen)


def _first(question: Question, table: tuple[Check, ...]) -> Decision:
    """Production's way: no further than the first denial."""
    found: Allow = ALLOW
    for check in table:
        decision = check.decide(question)
        if decision is ALLOW:
            continue
        if isinstance(decision, Deny):
            return decision
        found = _both(found, decision)
    return found


def _every(question: Question, table: tuple[Check, ...], seen: list[Outcome]) -> Decision:
    outcomes = [Outcome(check, check.decide(question)) for check in table]
    seen.extend(outcomes)
    found: Allow = ALLOW
    for outcome in outcomes:
        if isinstance(outcome.decision, Deny):
            return outcome.decision
        found = _both(found, outcome.decision)
    return found


def _both(one: Allow, other: Allow) -> Allow:
    if one is ALLOW or other is ALLOW:
        return other if one is ALLOW else one
    return Allow(reach=one.reach if other.reach is NOWHERE else other.reach, watched=one.watched + other.watched)


def settle(decision: Decision, spent: Spent | None, *, seen: list[Outcome] | None = None) -> Decision:
    """The stage behind the table: a budget that is used up denies what the table allowed (R41).

    `spent` None: the client has no budget here, or nobody was charged. What the table denied stays denied in its own
    words, though it was charged too (contracts, Budgets). Over a watched budget: allowed, and reported.
    """
    said = ALLOW if spent is None or not spent.over else _over(spent)
    if seen is not None and spent is not None:
        seen.append(Outcome(BUDGET, said))
    if isinstance(decision, Deny) or said is ALLOW:
        return decision
    return said if isinstance(said, Deny) else replace(decision, watched=decision.watched + said.watched)


def _over(spent: Spent) -> Decision:
    deny = Deny(
        code="budget-spent",
        error="slow_down",
        sentence="This client has used up its requests for now.",
        status=429,
        detail=f"rate rule: {spent.rule}",
        retry_after=spent.resets_in,
    )
    return Allow(watched=(Watched(check=BUDGET.name, rule=spent.rule, would=deny),)) if spent.watched else deny


def uncounted(decision: Decision, *, watched: bool, allowed: bool) -> Decision:
    """The same stage where the counters are away: refused for a moment, or let through where the setting says so.

    Over a watched budget nobody is held up, counted or not.
    """
    if isinstance(decision, Deny) or watched or allowed:
        return decision
    return UNCOUNTED
