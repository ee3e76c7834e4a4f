"""How a person leaves: deactivated for a time, or deleted for good, which forgets who they were.

Nothing that they made or own goes with them. Tokens and sessions end at once, by the epoch that they remember; the
user name stays reserved (contracts, Names). What must be settled before, upper apps say (R7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

import audit
from accounts import people, reach
from accounts.faults import Fault, Refused
from accounts.holdings import Holding
from accounts.models import User
from accounts.upstream.arriving import forget


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """So many of something: `one` and `several` are its words, such as "live token".

    `ends`: they end with what is asked about. Otherwise they stay, and depend on it. `names`: the first of them.
    """

    count: int
    one: str
    several: str
    ends: bool = True
    names: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The word for this many."""
        return self.one if self.count == 1 else self.several

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.names)

    def __str__(self) -> str:
        return f"{self.count} {self.words}"


# Filled by the apps above, `tokens` first: each says what of its own ends with a person.
ENDS_WITH_PERSON: list[Callable[[User], Breakage]] = []


def what_ends(user: User) -> list[Breakage]:
    """Everything that ends with `user`; that there is nothing of a kind is worth knowing too."""
    return [ask(user) for ask in ENDS_WITH_PERSON]


def set_active(
    *, user: User, active: bool, by: audit.Actor, giver: Holding, now: datetime, revision: int | None = None
) -> None:
    """Whether they may sign in. Tokens and sessions that end stay ended. Raises as `people.change` does."""
    facts = replace(people.facts_of(user), is_active=active)
    people.change(user=user, facts=facts, by=by, giver=giver, now=now, revision=revision)


@transaction.atomic
def delete(*, user: User, by: audit.Actor, giver: Holding, now: datetime, revision: int | None = None) -> None:
    """Soft, and anonymous: what was known of the person goes. Raises OutOfReach, Refused, ChangedMeanwhile."""
    reach.demand_user_in_reach(giver, user)
    reach.hold_still(user)
    if found := _faults(user, by=by):
        raise Refused(found)
    people.write(user, {**_FORGOTTEN, "password": make_password(None), "deleted_at": now}, revision=revision)
    user.groups.clear()
    user.password_links.all().delete()
    forget(user)
    audit.record("user.deleted", actor=by, subject=audit.Subject("user", user.pk, user.username), at=now)


_FORGOTTEN = {
    "email": "",
    "given_name": "",
    "family_name": "",
    "claims": {},
    "is_active": False,
    "is_superuser": False,
    "permissions": [],
    "allowed_scope": "",
    "last_login": None,
    "token_epoch": F("token_epoch") + 1,
}


def _faults(user: User, *, by: audit.Actor) -> list[Fault]:
    if user.kind == User.Kind.SERVICE:
        message = "It is the service account of a client, and ends with it: delete the client."
        return [Fault(key="username", message=message)]
    if user.deleted_at is not None:
        return [Fault(key="username", message="This user is deleted already.")]
    first = people.before_deactivation(user)
    if by.id == user.pk:
        first.append(reach.OWN_END)
    elif reach.is_last_super_administrator(user):
        first.append(reach.LAST)
    return [Fault(key="username", message=message) for message in first]
