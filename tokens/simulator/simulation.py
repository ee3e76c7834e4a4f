"""What production would answer to one question: the same evaluator, the same budget behind it. Nothing is counted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from policies import budgets, rate_limits
from policies.counters.window import Away
from policies.decision import Decision, Deny
from policies.evaluate import BUDGET, Outcome, evaluate, settle, uncounted
from policies.question import Question
from policies.rate_limits import Charge


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """`outcomes`: every stage in order. `reached`: as many of them as production asks before it answers.

    `charge`: what the client's budget would have had with this request; None where it has none here.
    """

    question: Question
    decision: Decision
    outcomes: tuple[Outcome, ...]
    charge: Charge | None = None

    @property
    def allowed(self) -> bool:
        return not isinstance(self.decision, Deny)

    @property
    def denied_at(self) -> int:
        """The position of the stage that denies, from 1; 0 where none does."""
        denials = (place for place, one in enumerate(self.outcomes, start=1) if isinstance(one.decision, Deny))
        return next(denials, 0)

    @property
    def reached(self) -> int:
        return self.denied_at or len(self.outcomes)


def simulate(question: Question, *, proof: Outcome | None = None) -> Simulation:
    """Ask the evaluator, then look at the budget as if this request came now.

    `proof`: whether the client could prove itself; production looks at it just before the kind of proof.
    """
    seen: list[Outcome] = []
    decision = evaluate(question, seen=seen)
    if proof is not None:
        decision = _with_proof(decision, proof, seen)
    budget = None
    if question.endpoint != "authorize":  # the browser of a person: charged to its address alone
        client = question.client
        budget = rate_limits.client_budget(client.rates, client_pk=client.pk, method=question.method)
    if budget is None:
        return Simulation(question=question, decision=decision, outcomes=tuple(seen))
    try:
        usage = budgets.usage(budget)
    except Away:
        allowed = question.server.allow_without_counters
        decision = uncounted(decision, watched=budget.watched, allowed=allowed)
        seen.append(Outcome(BUDGET, decision))
        return Simulation(question=question, decision=decision, outcomes=tuple(seen))
    charge = replace(usage, used=usage.used + 1)
    decision = settle(decision, charge.spent, seen=seen)
    return Simulation(question=question, decision=decision, outcomes=tuple(seen), charge=charge)


def _with_proof(decision: Decision, proof: Outcome, seen: list[Outcome]) -> Decision:
    place = next((at for at, one in enumerate(seen) if one.stage.name == "authentication"), len(seen))
    earlier = any(isinstance(one.decision, Deny) for one in seen[:place])
    seen.insert(place, proof)
    return decision if earlier or not isinstance(proof.decision, Deny) else proof.decision
