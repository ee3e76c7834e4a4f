"""Pages of a list, by a cursor: they do not shift while rows come and go, and a deep one costs no more than the first.

A cursor is signed with the list that it belongs to, so that nobody makes one up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core import signing
from django.db.models import Model, QuerySet

from accounts.rest.operations import Call, Parameter
from accounts.rest.refusals import Fault, invalid

MOST, USUAL = 200, 50
LONGEST_CURSOR = 500
_cursors = signing.Signer(salt="accounts.rest.paging")
LIMIT = Parameter(
    name="limit",
    about=f"How many a page, at most {MOST}.",
    schema={"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
)
CURSOR = Parameter(
    name="cursor",
    about="Where to go on: the `next` of the page before. It belongs to the same filters.",
    schema={"type": "string", "maxLength": LONGEST_CURSOR},
)
PAGED = (LIMIT, CURSOR)


def page(
    call: Call, rows: QuerySet[Any], show: Callable[[Any], Any], *, name: str, newest_first: bool = False
) -> dict[str, Any]:
    """`{"items": […], "next": cursor or null}`, in the order of the rows' numbers. Raises Refusal."""
    limit, after = call.query.get("limit", USUAL), read_cursor(call, name)
    rows = rows.order_by("-pk" if newest_first else "pk")
    if after:
        number = int(after)
        rows = rows.filter(pk__lt=number) if newest_first else rows.filter(pk__gt=number)
    found: list[Model] = list(rows[: limit + 1])
    shown = found[:limit]
    following = cursor(name, str(shown[-1].pk)) if len(found) > limit else None
    return {"items": [show(row) for row in shown], "next": following}


def cursor(name: str, place: str) -> str:
    """A cursor into the list `name`."""
    return signing.b64_encode(_cursors.sign(f"{name} {place}").encode()).decode()


def read_cursor(call: Call, name: str) -> str:
    """The place that the call's cursor names, empty for the first page. Raises Refusal."""
    text = call.query.get("cursor", "")
    if not text:
        return ""
    try:
        of, _, place = _cursors.unsign(signing.b64_decode(text.encode("ascii")).decode()).rpartition(" ")
    except (signing.BadSignature, ValueError) as error:
        raise _no_cursor() from error
    if of != name:
        raise _no_cursor()
    return place


def _no_cursor() -> Exception:
    message = "It is no cursor of this list. Take the next of the page before, or leave it out."
    return invalid([Fault(path="cursor", message=message, code="cursor")])
