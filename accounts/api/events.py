"""The audit trail: searched as on its page, and its chain verified part by part."""

from __future__ import annotations

from accounts.permissions import Permission
from accounts.rest.operations import Body, Call, Operation, Parameter
from accounts.rest.paging import PAGED, USUAL, cursor, read_cursor
from accounts.rest.refusals import not_found
from audit import searching
from audit.exporting import row_of
from audit.kinds import FAMILIES
from audit.models import Event
from audit.verification import verify_part

LIST = "events"
MOST_VERIFIED = 20_000


def list_events(call: Call) -> Body:
    """Newest first."""
    given = {name: [call.query.get(name, "")] for name in ("q", "actor", "days")}
    given["kind"] = call.query.get("kind", [])
    search = searching.read(given)
    name = f"{LIST} {search.address()}"
    before, limit = searching.place(read_cursor(call, name)), call.query.get("limit", USUAL)
    found = searching.newest(searching.narrowed(search, now=call.now), before=before, most=limit + 1)
    following = cursor(name, searching.cursor(found[limit - 1])) if len(found) > limit else None
    return {"items": [_shown(event) for event in found[:limit]], "next": following}


def show(call: Call) -> Body:
    event = Event.objects.filter(pk=call.place["number"]).first()
    if event is None:
        raise not_found()
    return _shown(event)


def verify(call: Call) -> Body:
    """So many events a call; `held` of one is the next one's `after`."""
    part = verify_part(after=call.query.get("after", 0), most=MOST_VERIFIED)
    return {
        "held": part.held,
        "sealed": part.sealed,
        "lastHash": part.last_hash,
        "done": part.done,
        "broken": {"sequence": part.broken.sequence, "how": part.broken.how} if part.broken else None,
    }


def _shown(event: Event) -> Body:
    return {"id": event.pk, **row_of(event)}


_ABOUT = {
    "q": "Words of subject and actor; an address, a reference or a request id.",
    "actor": "The whole name of who did it.",
    "kind": "Any of these.",
    "days": "Not older than so many days.",
}
_FILTERS = (
    Parameter(name="q", about=_ABOUT["q"]),
    Parameter(name="actor", about=_ABOUT["actor"]),
    Parameter(name="kind", about=_ABOUT["kind"], schema={"enum": [f.value for f in FAMILIES]}, several=True),
    Parameter(name="days", about=_ABOUT["days"], schema={"enum": list(searching.AGES)}),
)
_AFTER = Parameter(
    name="after",
    about="Take so many first events as they stand.",
    schema={"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
)
OPERATIONS = (
    Operation(
        name="listEvents",
        method="GET",
        path=LIST,
        about="The audit trail, newest first.",
        tag="Audit",
        permission=Permission.AUDIT_VIEW,
        answer=list_events,
        gives="EventPage",
        query=(*_FILTERS, *PAGED),
    ),
    Operation(
        name="getEvent",
        method="GET",
        path="events/{number}",
        about="One event.",
        tag="Audit",
        permission=Permission.AUDIT_VIEW,
        answer=show,
        gives="Event",
    ),
    Operation(
        name="verifyEvents",
        method="GET",
        path="events/verification",
        about="Whether the hash chain holds, a part a call.",
        tag="Audit",
        permission=Permission.AUDIT_VIEW,
        answer=verify,
        gives="Verification",
        query=(_AFTER,),
    ),
)
