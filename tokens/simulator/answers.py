"""The answer that the client would receive, as text; what only a real request has is left as dots. Pure."""

from __future__ import annotations

import json
from http import HTTPStatus

from policies import rate_limits
from policies.decision import Allow, Deny
from tokens.authorize.checks import ABOUT_THE_GRANT, ABOUT_THE_SCOPE
from tokens.errors import NO_STORE, denied, error_body
from tokens.lifetimes import access_token_expiry
from tokens.simulator.simulation import Simulation

REFERENCE = "simulated"
SENT_BACK = ABOUT_THE_GRANT | ABOUT_THE_SCOPE


def answer(simulation: Simulation) -> str:
    """An HTTP response, or for `/authorize` what the person sees."""
    decision = simulation.decision
    if simulation.question.endpoint == "authorize":
        return _of_authorize(decision)
    told = rate_limits.headers(simulation.charge)
    if isinstance(decision, Deny):
        error = denied(decision)
        body = error_body(error.code, error.description, REFERENCE)
        return _response(error.status, {**NO_STORE, **told, **error.headers, "X-Reference": REFERENCE}, body)
    return _response(200, {**NO_STORE, **told, **_headers(simulation)}, _body(simulation, decision))


def _of_authorize(decision: Allow | Deny) -> str:
    if isinstance(decision, Allow):
        return "The person signs in, and is asked to allow it\nunless they did before."
    if decision.error in SENT_BACK:
        return f"303 See Other, back to the application:\n?error={decision.error}&error_description=…&iss=…"
    return f"A page for the person, which leads nowhere:\n{decision.sentence}"


def _response(status: int, headers: dict[str, str], body: dict[str, object] | dict[str, str]) -> str:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\n".join([*lines, "", json.dumps(body, indent=2, ensure_ascii=False)]) if body else "\n".join(lines)


def _headers(simulation: Simulation) -> dict[str, str]:
    question = simulation.question
    if question.endpoint != "check" or question.token is None:
        return {}
    return {"X-Auth-Client": question.client.client_id, "X-Auth-Scope": " ".join(sorted(question.token.scopes))}


def _body(simulation: Simulation, decision: Allow) -> dict[str, object]:
    question = simulation.question
    match question.endpoint:
        case "token":
            return _token(simulation, decision)
        case "device_authorization":
            return {"device_code": "…", "user_code": "…", "verification_uri": "…", "expires_in": 600, "interval": 5}
        case "introspect":
            return {"active": "…"}
        case "userinfo":
            return {"sub": "…"}
        case _:
            return {}


def _token(simulation: Simulation, decision: Allow) -> dict[str, object]:
    question = simulation.question
    client = question.client
    expires = access_token_expiry(
        lifetime=client.lifetime,
        never_expires=client.never_expires,
        global_lifetime=question.server.access_token_lifetime,
        now=question.now,
    )
    seconds = {} if expires is None else {"expires_in": int((expires - question.now).total_seconds())}
    scope = " ".join(decision.reach.scopes) or "…"
    return {"access_token": "…", "token_type": "Bearer", **seconds, "scope": scope}
