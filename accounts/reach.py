"""Whom somebody may change (R36): only who holds nothing that they lack. And who must not end: the last of a kind."""

from __future__ import annotations

from accounts.authorization import holding_of
from accounts.holdings import Holding, covers, demand_reach
from accounts.models import User

OWN_END = "You cannot end your own account; ask somebody else."
LAST = "It is the last active super-administrator: make another one first."


def demand_user_in_reach(giver: Holding, user: User) -> None:
    """Raises OutOfReach."""
    demand_reach(giver, holding_of(user), what=user.username)


def reaches(giver: Holding, user: User) -> bool:
    """Whether `demand_user_in_reach` would let the giver go on."""
    return covers(giver, holding_of(user))


def is_last_super_administrator(user: User) -> bool:
    """Whether nobody else is one. Two who end each other at once are told apart: their rows are locked, in order."""
    if not (user.is_superuser and user.is_active and user.deleted_at is None):
        return False
    standing = User.objects.filter(is_superuser=True, is_active=True, deleted_at=None).order_by("pk")
    return set(standing.select_for_update().values_list("pk", flat=True)) <= {user.pk}
