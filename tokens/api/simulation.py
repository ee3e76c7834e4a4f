"""The policy simulator: why a request would be refused. It changes nothing."""

from __future__ import annotations

from typing import Any

from accounts.permissions import Permission
from accounts.rest.filtering import query_of
from accounts.rest.operations import Body, Call, Operation
from accounts.rest.refusals import Fault, invalid
from policies.decision import Deny
from tokens.simulator.answers import answer
from tokens.simulator.form import FIRST, SimulatorForm
from tokens.simulator.proof import proof_of
from tokens.simulator.simulation import simulate
from tokens.simulator.telling import steps

FIELDS = {"tokenScope": "token_scope"}  # the form's words, where they differ
KEYS = {field: key for key, field in FIELDS.items()}


def run(call: Call) -> Body:
    said: dict[str, Any] = {**FIRST, **{FIELDS.get(key, key): value for key, value in call.data.items()}}
    form = SimulatorForm(query_of(said), viewer=call.user)
    if not form.is_valid() or form.found is None:
        raise invalid(
            Fault(path=KEYS.get(name, name) if name != "__all__" else "", message=str(message))
            for name, messages in form.errors.items()
            for message in messages
        )
    question = form.question(now=call.now)
    simulation = simulate(question, proof=proof_of(form.found, question))
    denied = simulation.decision if isinstance(simulation.decision, Deny) else None
    return {
        "allowed": simulation.allowed,
        "code": denied.code if denied else None,
        "error": denied.error if denied else None,
        "message": denied.sentence if denied else None,
        "steps": [{"title": step.title, "words": step.words, "tone": step.tone} for step in steps(simulation)],
        "answer": answer(simulation),
    }


OPERATIONS = (
    Operation(
        name="simulate",
        method="POST",
        path="simulations",
        about="What the server would answer to a request, and which check decides.",
        tag="Simulator",
        permission=Permission.CLIENTS_VIEW,
        owners=True,
        answer=run,
        takes="Request",
        gives="Simulation",
    ),
)
