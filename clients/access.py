"""Who may do what with which client (R59, R60): the owner's rules, and which clients a user sees.

Holding a permission means every client; an owner who holds `clients.own` may do the same to the own ones. Decided
through `accounts.authorization`, which asks the table below; `AppConfig.ready` declares it once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.permissions import set_perm
from rules.predicates import predicate

from accounts.authorization import PermissionMissing, demand, holds, may
from accounts.models import User
from accounts.permissions import Permission

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from clients.models import Client

# What `clients.own` gives on the own clients. Protecting stays with those who hold the permission itself.
OWNERS_MAY = (
    Permission.CLIENTS_VIEW,
    Permission.CLIENTS_EDIT,
    Permission.CLIENTS_DELETE,
    Permission.CLIENTS_EXPORT,
    Permission.CLIENTS_RESET_SECRET,
    Permission.TOKENS_VIEW,
    Permission.TOKENS_REVOKE,
)


@predicate  # type: ignore[untyped-decorator]
def manages_own(user: User) -> bool:
    """Holds `clients.own`."""
    return holds(user, Permission.CLIENTS_OWN)


@predicate  # type: ignore[untyped-decorator]
def is_owner(user: User, client: Client | None) -> bool:
    """Owns this client; without a client there is nothing to own."""
    return client is not None and client.owner_id is not None and client.owner_id == user.pk


def declare() -> None:
    """Put the table in force."""
    for permission in OWNERS_MAY:
        set_perm(permission, manages_own & is_owner)
    set_perm(Permission.CLIENTS_CREATE, manages_own)


def sees_all(user: User) -> bool:
    """Whether every client is visible, not only the own ones."""
    return may(user, Permission.CLIENTS_VIEW)


def sees_some(user: User) -> bool:
    """Whether there is a list of clients for this user at all."""
    return sees_all(user) or may(user, Permission.CLIENTS_OWN)


def sees(user: User, client: Client) -> bool:
    """Whether `user` may see this client, deleted or not."""
    return sees_all(user) or (sees_some(user) and client.owner_id == user.pk)


def demand_some(user: User) -> None:
    """R59: without view, the list is refused. Raises PermissionMissing."""
    if not sees_some(user):
        raise PermissionMissing(Permission.CLIENTS_VIEW)


def visible_to(user: User) -> QuerySet[Client]:
    """The clients that `user` may see, deleted ones never."""
    from clients.models import Client

    clients: QuerySet[Client] = Client.objects.filter(deleted_at=None)
    if sees_all(user):
        return clients
    return clients.filter(owner=user) if sees_some(user) else clients.none()


def deleted_visible_to(user: User) -> QuerySet[Client]:
    """The deleted clients that `user` could see while they lived."""
    from clients.models import Client

    clients: QuerySet[Client] = Client.objects.filter(deleted_at__isnull=False)
    if sees_all(user):
        return clients
    return clients.filter(owner=user) if sees_some(user) else clients.none()


def demand_import(user: User) -> None:
    """Raise PermissionMissing for whoever may neither register nor change a client."""
    demand_some(user)
    if not may_import(user):
        raise PermissionMissing(Permission.CLIENTS_CREATE)


def may_import(user: User) -> bool:
    """Whether there is an import for this user."""
    needed = (Permission.CLIENTS_OWN, Permission.CLIENTS_EDIT, Permission.CLIENTS_CREATE)
    return sees_some(user) and any(may(user, name) for name in needed)


def demand_export(user: User) -> None:
    """Raise PermissionMissing for whoever may export no client at all."""
    if not may(user, Permission.CLIENTS_OWN):
        demand(user, Permission.CLIENTS_EXPORT)


def exportable_by(user: User) -> QuerySet[Client]:
    """The clients that `user` may export: all with the permission, else the own ones."""
    visible = visible_to(user)
    if may(user, Permission.CLIENTS_EXPORT):
        return visible
    return visible.filter(owner=user) if may(user, Permission.CLIENTS_OWN) else visible.none()


def may_on_some(user: User, permission: Permission) -> bool:
    """Whether `user` may do it to any client at all: to every one, or to the own ones."""
    return may(user, permission) or (permission in OWNERS_MAY and may(user, Permission.CLIENTS_OWN))


def may_choose_owner(user: User, *, new: bool) -> bool:
    """Whether `user` may name somebody else as owner: it takes the permission itself, ownership is not enough."""
    permission = Permission.CLIENTS_CREATE if new else Permission.CLIENTS_EDIT
    return holds(user, permission)
