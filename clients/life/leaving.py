"""Ending a person who may own clients (R7): the hand-over and the end in one transaction, or neither."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

import audit
from accounts import leaving
from accounts.holdings import Holding
from accounts.models import User
from clients.ownership import HandOver, hand_over


@transaction.atomic
def deactivate(
    *, person: User, to: HandOver, by: audit.Actor, giver: Holding, now: datetime, revision: int | None = None
) -> int:
    """Returns how many clients were handed over. Raises as `hand_over` and `accounts.leaving.set_active` do."""
    number = hand_over(person=person, to=to, by=by, now=now)
    leaving.set_active(user=person, active=False, by=by, giver=giver, now=now, revision=revision)
    return number


@transaction.atomic
def delete(
    *, person: User, to: HandOver, by: audit.Actor, giver: Holding, now: datetime, revision: int | None = None
) -> int:
    """Returns how many clients were handed over. Raises as `hand_over` and `accounts.leaving.delete` do."""
    number = hand_over(person=person, to=to, by=by, now=now)
    leaving.delete(user=person, by=by, giver=giver, now=now, revision=revision)
    return number
