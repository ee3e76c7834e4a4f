"""The clients that a person answers for, on My account."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.my_account import Section
from clients import access
from clients.models import Client

SHOWN = 12


def section(user: User, _: datetime) -> Section | None:
    """None where there are none. Whoever may not look at them sees what they own all the same, without links."""
    owned = Client.objects.filter(owner=user, deleted_at=None).order_by("-pk")
    shown: list[Client] = list(owned[: SHOWN + 1])
    if not shown:
        return None
    number = len(shown) if len(shown) <= SHOWN else owned.count()
    values = {"clients": shown[:SHOWN], "number": number, "links": access.sees_some(user), "more": number - SHOWN}
    return Section(template="clients/own_section.html", values=values)
