"""What was issued (R63): listed, shown and revoked. Never a token's value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts.authorization import may
from accounts.permissions import Permission
from accounts.rest.operations import Body, Call, Operation, Parameter
from accounts.rest.paging import CURSOR, cursor, read_cursor
from accounts.rest.refusals import Fault, invalid, not_found
from accounts.rest.showing import moment
from tokens.console import families, finding, reach, revoking, wanted
from tokens.console.kinds import BY_VALUE, FAMILY, LARGEST, Token, parted
from tokens.console.paging import page_of

TEXT = {"type": "string", "maxLength": 255}
NUMBER = {"type": "integer", "minimum": 1, "maximum": LARGEST}


def shown(token: Token) -> dict[str, Any]:
    return {
        "id": token.public_id,
        "kind": token.kind.value,
        "state": str(token.state),
        "client": token.client.pk,
        "clientId": token.client.client_id,
        "user": token.user.username if token.user else None,
        "family": token.family_id or None,
        "scopes": token.scope.split(),
        "audiences": list(token.audiences),
        "created": moment(token.created),
        "expires": moment(token.expires),
    }


def list_tokens(call: Call) -> Body:
    """Newest first. Whoever sees the tokens of own clients alone names one of them."""
    reach.demand_some(call.user)
    said = {name: value if isinstance(value, list) else [str(value)] for name, value in call.query.items()}
    asked = wanted.read({name: said.get(name, []) for name in ("kind", "state", "client", "user", "scope", "expiry")})
    name = f"tokens {asked.query}"
    if place := read_cursor(call, name):
        asked = replace(asked, before=wanted.read({"before": [place]}).before)
    within = reach.within(asked, call.user)
    if within is None:
        raise not_found()
    if within.client is None and not may(call.user, Permission.TOKENS_VIEW):
        raise invalid([Fault(path="client", message="Name one of your clients by its number.", code="required")])
    page = page_of(within.wanted, now=call.now)
    following = None
    if page.older:
        rows = wanted.parse(page.older).before
        following = cursor(name, ".".join(str(rows[kind]) for kind in BY_VALUE))
    return {"items": [shown(token) for token in page.tokens], "next": following}


def show(call: Call) -> Body:
    token = _fetch(call, Permission.TOKENS_VIEW)
    if token is None:
        raise not_found()
    return shown(token)


def revoke(call: Call) -> None:
    """R57: a family ends as a whole, whichever part of it is named; `fam_12` names it itself."""
    token = _fetch(call, Permission.TOKENS_REVOKE)
    if token is not None:
        revoking.revoke(token, by=call.by, now=call.now)
        return
    _, number = parted(call.place["token_id"]) or ("", 0)
    family = families.by_number(number)
    if family is None or not reach.may_see(call.user, family.application):
        raise not_found()
    call.demand(Permission.TOKENS_REVOKE, family.application)
    revoking.revoke_family(family, by=call.by, now=call.now)


def _fetch(call: Call, permission: Permission) -> Token | None:
    """None where a family is named. Raises PermissionMissing and Refusal 404."""
    prefix, number = parted(call.place["token_id"]) or ("", 0)
    if prefix == FAMILY:
        return None
    token = finding.by_number(prefix, number, now=call.now) if prefix else None
    if token is None or not reach.may_see(call.user, token.client):
        raise not_found()
    call.demand(permission, token.client)
    return token


_FILTERS = (
    Parameter(name="kind", about="Any of these.", schema={"enum": list(BY_VALUE)}, several=True),
    Parameter(name="state", about="Any of these.", schema={"enum": list(wanted.STATES)}, several=True),
    Parameter(name="client", about="Of the client of this number.", schema=NUMBER),
    Parameter(name="user", about="Of the user of this number.", schema=NUMBER),
    Parameter(name="scope", about="Holding this scope.", schema=TEXT),
    Parameter(name="expiry", about="`never`: those that never expire.", schema={"enum": [wanted.NEVER]}),
)
_READ: dict[str, Any] = {"tag": "Tokens", "permission": Permission.TOKENS_VIEW, "owners": True}
OPERATIONS = (
    Operation(
        name="listTokens",
        method="GET",
        path="tokens",
        about="What was issued, newest first, up to 50 a page. A page may be empty and still have a next one.",
        answer=list_tokens,
        gives="TokenPage",
        query=(*_FILTERS, CURSOR),
        **_READ,
    ),
    Operation(
        name="getToken",
        method="GET",
        path="tokens/{token_id}",
        about="One token by its public id, such as at_310.",
        answer=show,
        gives="Token",
        **_READ,
    ),
    Operation(
        name="revokeToken",
        method="DELETE",
        path="tokens/{token_id}",
        about="End it, with everything of its authorization.",
        tag="Tokens",
        permission=Permission.TOKENS_REVOKE,
        owners=True,
        answer=revoke,
        status=204,
    ),
)
