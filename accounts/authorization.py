"""The one place where a permission is decided: held by the user or a group, or by a rule about the subject.

Rules about subjects (an owner and the own client) are declared by the room that knows the subject, through the
`rules` library; super-administrators bypass (R59). An inactive or deleted user may do nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import rules

from accounts.holdings import ANYTHING, Holding, holding
from accounts.permissions import Permission

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


def bind(user: User, permissions: Iterable[str]) -> None:
    """Let this object of `user` act within `permissions` alone from now on: what the scopes of a token let through."""
    user.__dict__["_bounds"] = frozenset(permissions)


def _within(user: User, permissions: Iterable[str]) -> frozenset[str]:
    """Those of `permissions` that the user's bounds let through; without bounds, all."""
    bounds: frozenset[str] | None = user.__dict__.get("_bounds")
    return frozenset(permissions) if bounds is None else bounds.intersection(permissions)


def held_permissions(user: User) -> frozenset[str]:
    """The union of the user's own permissions and its groups'."""
    if not user.is_active:
        return frozenset()
    return _within(user, frozenset(user.permissions).union(*(permissions for _, permissions, _ in _groups(user))))


def holding_of(user: User) -> Holding:
    """All that `user` holds, active or not (contracts, Holding): it bounds what they give, and who may change them."""
    own = holding(permissions=user.permissions, allowed_scope=user.allowed_scope, everything=user.is_superuser)
    for _, permissions, allowed_scope in _groups(user):
        own = own.joined(holding(permissions=permissions, allowed_scope=allowed_scope))
    return own if "_bounds" not in user.__dict__ else _bounded(user, own)


def _bounded(user: User, held: Holding) -> Holding:
    """Who acts by a token gives no permission that the token's scopes do not hold, super-administrators neither."""
    permissions = _within(user, Permission if held.everything else held.permissions)
    return Holding(permissions=permissions, scopes=held.scopes | ({ANYTHING} if held.everything else frozenset()))


def role_names(user: User) -> tuple[str, ...]:
    """The names of the user's groups (R60), in order."""
    return tuple(name for name, _, _ in _groups(user))


def holds(user: User, permission: str) -> bool:
    """Whether `user` may do `permission` to every subject there is, not by a rule about one."""
    if not user.is_active:
        return False
    return bool(_within(user, [permission])) if user.is_superuser else permission in held_permissions(user)


def may(user: User, permission: str, subject: object = None) -> bool:
    """Whether `user` may do `permission`, on `subject` where the permission is about one."""
    if not user.is_active:
        return False
    if holds(user, permission):
        return True
    return rules.perm_exists(permission) and bool(rules.has_perm(permission, user, subject))


def demand(user: User, permission: str, subject: object = None) -> None:
    """Raise PermissionMissing unless `may`."""
    if not may(user, permission, subject):
        raise PermissionMissing(permission)
