"""Whose tokens a viewer sees and may revoke: everybody's with the permission, else those of the own clients (R59)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import F

from accounts.authorization import PermissionMissing, may
from accounts.models import User
from accounts.permissions import Permission
from clients import access
from clients.models import Client
from tokens.console.wanted import Wanted

MOST_OWN = 200  # clients that an owner chooses from


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The filter as the viewer may have it. `choose`: an owner must name one of these first, most lately used first."""

    wanted: Wanted
    client: Client | None
    choose: tuple[Client, ...] = ()


def demand_some(viewer: User, permission: Permission = Permission.TOKENS_VIEW) -> None:
    """Raises PermissionMissing for whoever may do it to no token at all."""
    if not access.may_on_some(viewer, permission):
        raise PermissionMissing(permission)


def may_see(viewer: User, client: Client) -> bool:
    return may(viewer, Permission.TOKENS_VIEW, client)


def may_revoke(viewer: User, client: Client | None = None) -> bool:
    return may(viewer, Permission.TOKENS_REVOKE, client)


def within(wanted: Wanted, viewer: User) -> Reach | None:
    """None for a client that is not there, or not the viewer's to see. Two statements at most.

    An owner looks at one client at a time: only then does an index hold the list, whatever else the server issued.
    """
    if wanted.client is not None:
        client = Client.objects.select_related("owner", "service_account").filter(pk=wanted.client).first()
        return Reach(wanted=wanted, client=client) if client is not None and may_see(viewer, client) else None
    if may(viewer, Permission.TOKENS_VIEW):
        return Reach(wanted=wanted, client=None)
    own = tuple(
        Client.objects.filter(owner=viewer, deleted_at=None).order_by(F("last_used_at").desc(nulls_last=True), "-pk")[
            :MOST_OWN
        ]
    )
    if len(own) == 1:
        return Reach(wanted=replace(wanted, client=own[0].pk), client=own[0])
    return Reach(wanted=wanted, client=None, choose=own)
