"""The caller's own personal access tokens (R52): made, listed and ended in person. A value stands in one answer."""

from __future__ import annotations

from typing import Any

from accounts.rest.operations import Answer, Body, Call, Operation
from accounts.rest.paging import PAGED, page
from accounts.rest.refusals import Fault, invalid, not_found
from accounts.rest.resources import PREFIX
from accounts.rest.showing import moment
from tokens.models import PersonalToken
from tokens.personal import choosing, keeping

LIST = "personal-tokens"
PATHS = {"lasts": "days"}


def list_personal(call: Call) -> Body:
    """Newest first."""
    return page(call, keeping.of(call.user), lambda row: _shown(row, call), name=LIST, newest_first=True)


def show(call: Call) -> Body:
    return _shown(_own(call), call)


def make(call: Call) -> Answer:
    said, number = call.data, call.data["client"]
    client = next((one for one in choosing.clients_with() if one.pk == number), None)
    if client is None:
        message = "No active client of this number lets people make tokens of their own."
        raise invalid([Fault(path="client", message=message, code="not_found")])
    days = said.get("days", choosing.USUAL_DAYS)
    lasts = choosing.NEVER if days is None else str(int(days))
    wanted = {"name": said["name"], "scopes": said["scopes"], "lasts": lasts}
    try:
        made = keeping.make(user=call.user, client=client, **wanted, by=call.by, now=call.now)
    except keeping.NotMade as refused:
        faults = [Fault(path=PATHS.get(one.field, one.field), message=one.message) for one in refused.faults]
        raise invalid(faults) from refused
    shown = _shown(made.row, call)
    return Answer(body={**shown, "token": made.value}, kept=shown, location=f"{PREFIX}{LIST}/{made.row.pk}")


def revoke(call: Call) -> None:
    keeping.revoke(_own(call), by=call.by, now=call.now)


def _own(call: Call) -> PersonalToken:
    row = keeping.of(call.user).filter(pk=call.place["number"]).first()
    if row is None:
        raise not_found()
    return row


def _shown(row: PersonalToken, call: Call) -> dict[str, Any]:
    line = keeping.line(row, call.user, now=call.now)
    return {
        "id": row.pk,
        "name": row.name,
        "client": row.application_id,
        "clientId": row.application.client_id,
        "scopes": list(line.scopes),
        "state": line.state,
        "created": moment(row.created),
        "expires": moment(row.expires),
        "lastUsed": moment(row.last_used_at),
    }


_PERSONAL: dict[str, Any] = {"tag": "Personal access tokens", "permission": None, "in_person": True}
_ONE = f"{LIST}/{{number}}"
OPERATIONS = (
    Operation(
        name="listPersonalTokens",
        method="GET",
        path=LIST,
        about="Your own tokens, the newest first; never their values.",
        answer=list_personal,
        gives="PersonalTokenPage",
        query=PAGED,
        **_PERSONAL,
    ),
    Operation(
        name="makePersonalToken",
        method="POST",
        path=LIST,
        about="A token of your own for a client that allows it. Its value stands in this answer alone.",
        answer=make,
        takes="NewPersonalToken",
        gives="IssuedPersonalToken",
        status=201,
        once=True,
        fresh=True,
        **_PERSONAL,
    ),
    Operation(
        name="getPersonalToken",
        method="GET",
        path=_ONE,
        about="One of your own tokens.",
        answer=show,
        gives="PersonalToken",
        **_PERSONAL,
    ),
    Operation(
        name="revokePersonalToken",
        method="DELETE",
        path=_ONE,
        about="End it at once.",
        answer=revoke,
        status=204,
        **_PERSONAL,
    ),
)
