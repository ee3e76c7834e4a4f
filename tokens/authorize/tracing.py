"""What a refused authorization request went through: each check in its order, for the trace of the refusal. Pure."""

from __future__ import annotations

from collections.abc import Callable

from policies.evaluate import BY_ENDPOINT, Outcome, evaluate
from tokens.authorize import checks
from tokens.authorize.errors import Sent, Shown
from tokens.authorize.request import AuthorizationRequest
from tokens.simulator.simulation import Simulation
from tokens.simulator.telling import Step, steps
from tokens.traces.walk import not_reached, passed, refused

TITLES: dict[Callable[[AuthorizationRequest], None], tuple[str, str]] = {
    checks.bound_state: ("State", "Short enough to send back"),
    checks.find_client: ("Client", "Registered here"),
    checks.choose_redirect: ("Redirect URI", "One of the registered ones"),
    checks.choose_response_mode: ("Response mode", "One that this server has"),
    checks.refuse_repeated: ("Parameters", "Each comes once"),
    checks.refuse_request_objects: ("Request objects", "None is sent"),
    checks.check_response_type: ("Response type", "One that this server has"),
    checks.check_grant: ("Grant type of the response", "One of the client’s grants"),
    checks.check_pkce: ("PKCE", "As this client needs it"),
    checks.grant_scopes: ("Scope of the request", "Within the allowed scope"),
    checks.read_prompt: ("Prompt and age", "Readable"),
    checks.check_carried: ("Nonce and claims", "Readable"),
    checks.read_hint: ("ID token hint", "None, or one of ours"),
}
ADDRESS, PERSON = "Address budget", "Sign-in and consent"


def steps_of(request: AuthorizationRequest | None, error: Shown | Sent) -> list[Step]:
    """Every check of the endpoint: passed, refused by, or not reached. `request` None: it could not be read."""
    sentence = error.sentence if isinstance(error, Shown) else error.description
    failed = refused(ADDRESS if request is None else PERSON, sentence, error.detail)
    if request is None:
        return [failed, *(not_reached(title) for title, _ in TITLES.values())]
    told = [passed(ADDRESS, f"{request.address or 'The address'} is within its budget")]
    behind = False
    for check in checks.CHECKS:
        if check is checks.apply_policy:
            told += _policy(request, reached=not behind)
        elif behind:
            told.append(not_reached(TITLES[check][0]))
        elif check is not request.at:
            told.append(passed(*TITLES[check]))
        else:
            told.append(refused(TITLES[check][0], sentence, error.detail))
        behind = behind or check is request.at
    return [*told, not_reached(PERSON) if behind else failed]


def _policy(request: AuthorizationRequest, *, reached: bool) -> list[Step]:
    """The evaluator's table at this endpoint. What it says of grant and scope is refused later, at its own check."""
    if not reached:
        return [not_reached(check.title) for check in BY_ENDPOINT["authorize"]]
    seen: list[Outcome] = []
    question = checks.question_of(request)
    return steps(Simulation(question=question, decision=evaluate(question, seen=seen), outcomes=tuple(seen)))
