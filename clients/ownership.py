"""Who answers for clients (R7): an owner must hand them over before leaving, and a client's name is not a person's."""

from __future__ import annotations

from accounts.models import User
from clients.models import Client, PurgedClient

MOST_NAMED = 5


def hand_over_first(user: User) -> str | None:
    """Why `user` cannot be deactivated yet, naming the clients, or None."""
    owned = Client.objects.filter(owner=user, deleted_at=None).order_by("pk").values_list("client_id", flat=True)
    named = list(owned[: MOST_NAMED + 1])
    if not named:
        return None
    listed = ", ".join(named[:MOST_NAMED]) + (" and more" if len(named) > MOST_NAMED else "")
    return f"The user owns clients ({listed}): name another owner for them first."


def client_of_this_name(username: str) -> str | None:
    """A client id, deleted and purged ones too, is no free user name; system clients' are, without an account (R61)."""
    if Client.objects.filter(client_id=username, is_system=False).exists():
        return "A client"
    return "A client that was deleted" if PurgedClient.objects.filter(client_id=username).exists() else None
