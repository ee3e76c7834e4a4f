"""A refused request in the fields of the simulator's form, so that it can be tried again there. Holds no credential."""

from __future__ import annotations

from policies.question import BY_TOKEN
from tokens.authorize.request import AuthorizationRequest
from tokens.errors import OAuthError
from tokens.exchange import Exchange
from tokens.response_types import grant_of
from tokens.traces.keeping import Refused

LONGEST_ERROR = 64


def at_machine(exchange: Exchange, refusal: OAuthError) -> Refused:
    """Of a machine endpoint."""
    known, form = exchange.authenticated, exchange.form
    actor = exchange.actor
    asked = {
        "client": actor.name,
        "endpoint": exchange.endpoint,
        "grant": exchange.grant_type,
        "scope": form.get("scope", ""),
        "resource": form.get("resource", ""),
        "token_scope": " ".join(sorted(known.token.scopes)) if known and known.token else "",
        "address": exchange.address,
        "authentication": exchange.claim.method if exchange.claim and exchange.endpoint not in BY_TOKEN else "",
        "method": exchange.method,
        "https": "on" if exchange.https else "",
    }
    return Refused(
        endpoint=exchange.endpoint,
        at=exchange.now,
        client_id=actor.name,
        client_pk=known.client.pk if known else None,
        address=exchange.address,
        status=refusal.status,
        error=refusal.code,
        sentence=refusal.description,
        about=exchange.asked_about,
        asked={name: value for name, value in asked.items() if value},
    )


def at_authorize(request: AuthorizationRequest, *, status: int, error: str, sentence: str) -> Refused:
    """Of the authorization endpoint; `status` 302 where the client was told."""
    client = getattr(request, "client", None)
    asked = {
        "client": client.client_id if client else request.form.get("client_id", ""),
        "endpoint": "authorize",
        "grant": grant_of(request.response_type) or "",
        "scope": request.form.get("scope", ""),
        "resource": request.form.get("resource", ""),
        "address": request.address,
        "method": request.method,
        "https": "on" if request.https else "",
    }
    return Refused(
        endpoint="authorize",
        at=request.now,
        client_id=asked["client"],
        client_pk=client.pk if client else None,
        address=request.address,
        status=status,
        error=error[:LONGEST_ERROR],
        sentence=sentence,
        asked={name: value for name, value in asked.items() if value},
    )
