"""Deleting a person, who hands the clients over first (R7)."""

from __future__ import annotations

from accounts.api.people import shown
from accounts.authorization import holding_of
from accounts.models import User
from accounts.permissions import Permission
from accounts.rest.operations import Call, Operation, Parameter
from accounts.rest.refusals import not_found
from clients.life import leaving
from clients.ownership import HandOver, owned_by


def delete(call: Call) -> None:
    """Soft, and anonymous. Handing clients over takes `clients.edit`, as on the page."""
    person: User | None = User.objects.filter(pk=call.place["number"], deleted_at=None).first()
    if person is None:
        raise not_found()
    call.match(shown(person))
    to = call.query.get("handOverTo", "")
    if to and owned_by(person).exists():
        call.demand(Permission.CLIENTS_EDIT)
    leaving.delete(person=person, to=HandOver(rest=to), by=call.by, giver=holding_of(call.user), now=call.now)


OPERATIONS = (
    Operation(
        name="deleteUser",
        method="DELETE",
        path="users/{number}",
        about="Delete a person: what was known of them goes, their tokens end at once.",
        tag="People",
        permission=Permission.PEOPLE_DELETE,
        fresh=True,
        answer=delete,
        status=204,
        query=(Parameter(name="handOverTo", about="The user name of who gets their clients."),),
        guarded=True,
    ),
)
