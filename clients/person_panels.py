"""What the page of a person, or of a service account, shows of clients."""

from __future__ import annotations

from accounts.authorization import may
from accounts.models import User
from accounts.owning import Panel
from accounts.permissions import Permission
from clients import access
from clients.models import Client

SHOWN = 12


def panel(viewer: User, person: User) -> Panel | None:
    """The clients that a person owns, as far as the viewer sees them; the client that an account belongs to (R17)."""
    visible = access.visible_to(viewer)
    if person.kind == User.Kind.SERVICE:
        client = visible.filter(service_account=person).first()
        return Panel(template="people/panels/service_client.html", context={"client": client}) if client else None
    if not access.sees_all(viewer) and viewer != person:
        return None
    owned = visible.filter(owner=person).order_by("-pk")
    number = owned.count()
    hands_over = bool(number) and may(viewer, Permission.CLIENTS_EDIT)
    shown: list[Client] = list(owned[:SHOWN])
    context = {"clients": shown, "number": number, "more": number - len(shown), "may_hand_over": hands_over}
    return Panel(template="people/panels/owned_clients.html", context=context)
