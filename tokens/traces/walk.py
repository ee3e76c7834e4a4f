"""The stages that a refused request at a machine endpoint went through, in order, each with what it saw. Pure.

Before the evaluator: the address's budget, the request's form, the credentials. Behind it: what was presented, such as
a code or a refresh token. Whoever refused is found by how far the exchange was filled in.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.checks import HTTPS_ONLY
from policies.decision import Deny
from policies.evaluate import BUDGET, BY_ENDPOINT, UNCOUNTED, Outcome, evaluate, settle
from policies.question import BY_TOKEN, Question
from tokens.errors import OAuthError
from tokens.exchange import Exchange
from tokens.simulator.simulation import Simulation
from tokens.simulator.telling import METHODS, Step, steps
from tokens.steps import question_of

ADDRESS = "Address budget"
REQUEST = "Request"
CREDENTIALS = "Credentials"
DELAY = "Delay"
PRESENTED = {
    "token": "What was presented",
    "introspect": "Token to look up",
    "revoke": "Token to revoke",
    "device_authorization": "Device code",
    "userinfo": "Person",
    "check": "Answer",
}
NOT_REACHED = "not reached"
TOO_MANY = 429


def steps_of(exchange: Exchange, refusal: OAuthError) -> list[Step]:
    """Every stage of the endpoint: passed, refused by, or not reached."""
    if exchange.authenticated is not None:
        return [*_before(exchange), *_behind(exchange, refusal)]
    reached = [ADDRESS, REQUEST, CREDENTIALS]
    place = _refused_before(exchange, refusal)
    told = list(_before(exchange))[:place]
    told.append(refused(reached[place], refusal.description, refusal.detail))
    later = [*reached[place + 1 :], *(check.title for check in BY_ENDPOINT.get(exchange.endpoint, ()))]
    return told + [not_reached(title) for title in [*later, *_last(exchange.endpoint)]]


def _refused_before(exchange: Exchange, refusal: OAuthError) -> int:
    """Which of the first three stages refused."""
    if refusal.status == TOO_MANY:
        return 0
    shows = exchange.claim is not None or exchange.endpoint in BY_TOKEN
    about_credentials = refusal.code in ("invalid_client", "invalid_token", "")
    return 2 if shows and (about_credentials or refusal.description == HTTPS_ONLY.sentence) else 1


def _before(exchange: Exchange) -> Iterator[Step]:
    """The stages ahead of the evaluator, where they let it pass."""
    yield passed(ADDRESS, f"{exchange.address or 'The address'} is within its budget")
    yield passed(REQUEST, f"{exchange.method} with readable parameters")
    method = exchange.claim.method if exchange.claim else "bearer"
    yield passed(CREDENTIALS, f"{METHODS.get(method, method)}: proven")


def _behind(exchange: Exchange, refusal: OAuthError) -> list[Step]:
    """The evaluator's table and the budget as they were, and the endpoint's own work where they let it pass."""
    simulation = _asked_again(exchange, question_of(exchange), refusal)
    told, last = steps(simulation), _last(exchange.endpoint)
    if not simulation.allowed:
        return told + [not_reached(title) for title in last]
    title = last[0] if last and refusal.status != TOO_MANY else DELAY
    return [*told, refused(title, refusal.description, refusal.detail)]


def _asked_again(exchange: Exchange, question: Question, refusal: OAuthError) -> Simulation:
    """The same question to the same table. Nobody is charged a second time: the charge is the one that was made."""
    seen: list[Outcome] = []
    decision = evaluate(question, seen=seen)
    charge = exchange.meter.charge
    if charge is not None:
        decision = settle(decision, charge.spent, seen=seen)
    elif refusal.description == UNCOUNTED.sentence and not isinstance(decision, Deny):
        decision = UNCOUNTED
        seen.append(Outcome(BUDGET, decision))
    return Simulation(question=question, decision=decision, outcomes=tuple(seen), charge=charge)


def _last(endpoint: str) -> list[str]:
    return [PRESENTED[endpoint]] if endpoint in PRESENTED else []


def passed(title: str, words: str) -> Step:
    return Step(title=title, words=words, tone="ok")


def refused(title: str, sentence: str, detail: str = "") -> Step:
    """With the private detail: traces are read in the console alone."""
    said = sentence or "Refused."
    return Step(title=title, words=f"{said} ({detail})" if detail else said, tone="danger")


def not_reached(title: str) -> Step:
    return Step(title=title, words=NOT_REACHED, tone="quiet")
