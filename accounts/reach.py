"""Whom somebody may change (R36): only who holds nothing that they lack. And who must not end: the last of a kind."""

from __future__ import annotations

from django.db.models import Q

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


def hold_still(user: User) -> None:
    """Lock what decides whether `user` may end, until the transaction ends: whoever gives them something to answer for
    locks them too, and two super-administrators who end each other take turns.
    """
    rows = User.objects.filter(pk=user.pk)
    if user.is_superuser:
        rows = User.objects.filter(Q(pk=user.pk) | Q(is_superuser=True))
    list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))


def is_last_super_administrator(user: User) -> bool:
    """Whether nobody else is one; ask after `hold_still`."""
    if not (user.is_superuser and user.is_active and user.deleted_at is None):
        return False
    others = User.objects.filter(is_superuser=True, is_active=True, deleted_at=None).exclude(pk=user.pk)
    return not others.exists()
