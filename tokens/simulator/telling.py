"""Each check of a simulation in a sentence: what it saw, and why it denied. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from policies.checks import needed_scopes
from policies.decision import Allow, Decision, Deny
from policies.networks import verdict
from policies.question import Question
from tokens.simulator.simulation import Simulation

METHODS = {
    "client_secret_basic": "HTTP Basic",
    "client_secret_post": "A secret in the body",
    "private_key_jwt": "A signed assertion",
    "none": "None, it names itself",
    "bearer": "By its access token",
    "": "None: at /authorize a client is only named",
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage as a line: `tone` ok, info (watched), danger, or quiet where production does not come so far."""

    title: str
    words: str
    tone: str
    code: str = ""

    @property
    def skipped(self) -> bool:
        return self.tone == "quiet"


def steps(simulation: Simulation) -> list[Step]:
    """Every stage in order; what lies behind the first denial was not reached."""
    told = []
    for place, outcome in enumerate(simulation.outcomes, start=1):
        stage, decision = outcome.stage, outcome.decision
        if place > simulation.reached:
            told.append(Step(title=stage.title, words="not reached", tone="quiet"))
            continue
        words = _words(stage.name, simulation, decision)
        told.append(Step(title=stage.title, words=words, tone=_tone(decision), code=_code(decision)))
    return told


def _words(name: str, simulation: Simulation, decision: Decision) -> str:
    if isinstance(decision, Deny):
        return _denied(name, simulation.question, decision)
    return _seen(name, simulation, decision)


def _tone(decision: Decision) -> str:
    if isinstance(decision, Deny):
        return "danger"
    return "info" if decision.watched else "ok"


def _code(decision: Decision) -> str:
    return decision.code if isinstance(decision, Deny) else ""


def _denied(name: str, question: Question, deny: Deny) -> str:
    """To people of the console the private detail is told too, and what the check saw."""
    saw = f"{question.address}: " if name == "network" else ""
    return saw + (f"{deny.sentence} ({deny.detail})" if deny.detail else deny.sentence)


def _seen(name: str, simulation: Simulation, decision: Allow) -> str:
    if decision.watched:
        return f"A watched rule would refuse it: {decision.watched[0].rule}"
    if name == "budget":
        return _budget(simulation)
    return SEEN[name](simulation.question, decision)


def _budget(simulation: Simulation) -> str:
    charge = simulation.charge
    if charge is None:
        return "Its counters are away; the setting lets it through"
    return f"{charge.used:,} of {charge.budget.limit:,} in {charge.budget.period:,} s, this request with them"


def _transport(question: Question, _: Allow) -> str:
    if question.https:
        return "https"
    return "Plain http, which this server allows"


def _token(question: Question, _: Allow) -> str:
    return "A token that holds" if question.token else "No token needed: the client proves itself"


def _authentication(question: Question, _: Allow) -> str:
    return METHODS.get(question.authentication, question.authentication)


def _proof(_: Question, __: Allow) -> str:
    return "One that lives at that time"


def _client(_: Question, __: Allow) -> str:
    return "Active"


def _network(question: Question, _: Allow) -> str:
    client = question.client
    if question.endpoint == "authorize" and not client.networks_at_authorize:
        return "Its network rules leave /authorize alone"
    if not client.networks.rules:
        return "It has no network rules"
    return f"{question.address}: {verdict(client.networks.rules, question.address).reason}"


def _token_scope(question: Question, _: Allow) -> str:
    needed = " ".join(needed_scopes(question))
    return f"The token holds {needed}" if needed and question.token else "No scope is needed"


def _audience(_: Question, __: Allow) -> str:
    return "The token is meant for the API"


def _introspection(_: Question, __: Allow) -> str:
    return "Its allowed scope holds authorization.introspect"


def _legacy(question: Question, _: Allow) -> str:
    return "Legacy grants are on" if question.server.legacy_grants else "No legacy grant"


def _grant(question: Question, _: Allow) -> str:
    return f"{question.grant_type} is one of its grants"


def _scope(question: Question, decision: Allow) -> str:
    granted = decision.reach.scopes
    if not granted:
        return "Decided when the person allowed it"
    asked = f"Requested {question.scope}" if question.scope else "Nothing requested, so its defaults"
    audience = f", for {', '.join(decision.reach.audiences)}" if decision.reach.audiences else ""
    return f"{asked}. Allowed: {question.client.allowed_scope.text or 'nothing of the catalogue'}{audience}"


SEEN: dict[str, Callable[[Question, Allow], str]] = {
    "transport": _transport,
    "token": _token,
    "proof": _proof,
    "authentication": _authentication,
    "client": _client,
    "network": _network,
    "token-scope": _token_scope,
    "audience": _audience,
    "introspection": _introspection,
    "legacy": _legacy,
    "grant": _grant,
    "scope": _scope,
}
