"""The schemas of tokens, keys and simulations."""

from __future__ import annotations

from accounts.rest.schemas import FLAG, MAYBE_MOMENT, MOMENT, NUMBER, TEXT, TEXTS, Schema, listed, shape
from tokens.console.kinds import BY_VALUE
from tokens.console.states import State
from tokens.personal import choosing
from tokens.simulator.form import AUTHENTICATIONS, ENDPOINTS, GRANTS, METHODS

MAYBE_TEXT: Schema = {"type": ["string", "null"]}


def schemas() -> dict[str, Schema]:
    """By name."""
    return {**_tokens(), **_personal(), **_keys(), **_simulations()}


def _tokens() -> dict[str, Schema]:
    token = {
        "id": TEXT,
        "kind": {"enum": list(BY_VALUE)},
        "state": {"enum": [state.value for state in State]},
        "client": NUMBER,
        "clientId": TEXT,
        "user": MAYBE_TEXT,
        "family": MAYBE_TEXT,
        "scopes": TEXTS,
        "audiences": TEXTS,
        "created": MOMENT,
        "expires": MAYBE_MOMENT,
    }
    return {"Token": shape(token), "TokenPage": listed("Token")}


def _personal() -> dict[str, Schema]:
    token = {
        "id": NUMBER,
        "name": TEXT,
        "client": NUMBER,
        "clientId": TEXT,
        "scopes": TEXTS,
        "state": {"enum": ["live", "ending", "paused", "expired", "revoked", "ended"]},
        "created": MOMENT,
        "expires": MAYBE_MOMENT,
        "lastUsed": MAYBE_MOMENT,
    }
    days = {"type": ["integer", "null"], "minimum": 1, "maximum": choosing.MOST_DAYS, "default": choosing.USUAL_DAYS}
    ends = "After how many days it ends; null: never, where the client's own tokens never do."
    wanted = {
        "client": NUMBER,
        "name": {"type": "string", "minLength": 1, "maxLength": choosing.LONGEST_NAME},
        "scopes": {"type": "array", "items": {"type": "string", "maxLength": 255}, "minItems": 1, "maxItems": 500},
        "days": {**days, "description": ends},
    }
    return {
        "PersonalToken": shape(token),
        "PersonalTokenPage": listed("PersonalToken"),
        "NewPersonalToken": shape(wanted, required=["client", "name", "scopes"]),
        "IssuedPersonalToken": shape({**token, "token": TEXT}, required=[*token]),
    }


def _keys() -> dict[str, Schema]:
    key = {
        "kid": TEXT,
        "algorithm": TEXT,
        "state": {"enum": ["current", "next", "retired"]},
        "publicJwk": {"type": "object"},
        "created": MOMENT,
        "activated": MAYBE_MOMENT,
        "retired": MAYBE_MOMENT,
        "neededUntil": MAYBE_MOMENT,
    }
    return {"Keys": shape({"items": {"type": "array", "items": shape(key)}})}


def _simulations() -> dict[str, Schema]:
    text: Schema = {"type": "string", "maxLength": 2000}
    asked = {
        "client": {**text, "minLength": 1, "maxLength": 255, "description": "A client id, or `#` and its number."},
        "endpoint": {"enum": [value for value, _ in ENDPOINTS], "default": "token"},
        "grant": {"enum": [value for value, _ in GRANTS], "default": "client_credentials"},
        "scope": text,
        "resource": text,
        "tokenScope": text,
        "address": {**text, "minLength": 1, "maxLength": 64},
        "authentication": {"enum": [value for value, _ in AUTHENTICATIONS], "default": "client_secret_basic"},
        "method": {"enum": list(METHODS), "default": "GET"},
        "at": {"type": "string", "maxLength": 40, "description": "UTC, such as 2026-03-01T12:00; left out: now."},
        "https": {"type": "boolean", "default": True},
    }
    step = shape({"title": TEXT, "words": TEXT, "tone": {"enum": ["ok", "info", "danger", "quiet"]}})
    told = {
        "allowed": FLAG,
        "code": MAYBE_TEXT,
        "error": MAYBE_TEXT,
        "message": MAYBE_TEXT,
        "steps": {"type": "array", "items": step},
        "answer": TEXT,
    }
    return {"Request": shape(asked, required=("client", "address")), "Simulation": shape(told)}
