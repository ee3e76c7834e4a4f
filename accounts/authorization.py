"""The one place where a permission is decided: held by the user or a group, or by a rule about the subject.

Rules about subjects (an owner and the own client) are declared by the room that knows the subject, through the
`rules` library; super-administrators bypass (R59). An inactive or deleted user may do nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from accounts.holdings import Holding, holding

if TYPE_CHECKING:
    from accounts.models import User


class PermissionMissing(Exception):
    """A refusal that names what is missing (R60)."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"Missing permission {permission}.")
        self.permission = str(permission)


def _groups(user: User) -> list[tuple[str, list[str], str]]:
    """Names, permissions and allowed scopes of the user's groups; read once per user object."""
    cached: list[tuple[str, list[str], str]] | None = user.__dict__.get("_groups_held")
    if cached is None:
        cached = list(user.groups.order_by("name").values_list("name", "permissions", "allowed_scope"))
        user.__dict__["_groups_held"] = cached
    return cached


def held_permissions(user: User) -> frozenset[str]:
    """The union of the user's own permissions and its groups'."""
    if not user.is_active:
        return frozenset()
    return frozenset(user.permissions).union(*(permissions for _, permissions, _ in _groups(user)))


def holding_of(user: User) -> Holding:
    """All that `user` holds, active or not (contracts, Holding): it bounds what they give, and who may change them."""
    own = holding(permissions=user.permissions, allowed_scope=user.allowed_scope, everything=user.is_superuser)
    for _, permissions, allowed_scope in _groups(user):
        own = own.joined(holding(permissions=permissions, allowed_scope=allowed_scope))
    return own


def role_names(user: User) -> tuple[str, ...]:
    """The names of the user's groups (R60), in order."""
    return tuple(name for name, _, _ in _groups(user))


def may(user: User, permission: str, subject: object = None) -> bool:
    """Whether `user` may do `permission`, on `subject` where the permission is about one."""
    if not user.is_active:
        return False
    if user.is_superuser or permission in held_permissions(user):
        return True
    return rules.perm_exists(permission) and bool(rules.has_perm(permission, user, subject))


def demand(user: User, permission: str, subject: object = None) -> None:
    """Raise PermissionMissing unless `may`."""
    if not may(user, permission, subject):
        raise PermissionMissing(permission)
