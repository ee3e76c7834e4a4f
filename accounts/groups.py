"""Making, changing and deleting groups: roles that bundle permissions and scopes (R60). Atomic, and audited.

A group gives what it holds to every member, so R36 binds whoever changes one as if they gave it to each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

import audit
from accounts import holdings, usernames
from accounts.faults import ChangedMeanwhile, Fault, Refused
from accounts.holdings import Holding
from accounts.models import Group, User

LONGEST_NAME = 150
LONGEST_DESCRIPTION = 255


@dataclass(frozen=True, kw_only=True)
class GroupFacts:
    """What people decide about a group, beside its name."""

    permissions: tuple[str, ...] = ()
    allowed_scope: str = ""
    description: str = ""

    def normal(self) -> GroupFacts:
        return GroupFacts(
            permissions=holdings.normal_permissions(self.permissions),
            allowed_scope=holdings.normal_scope(self.allowed_scope),
            description=self.description.strip(),
        )

    @property
    def holding(self) -> Holding:
        """What it gives to its members."""
        return holdings.holding(permissions=self.permissions, allowed_scope=self.allowed_scope)


# The documents' word for each fact (contracts, Documents); events use them too.
DOCUMENT_KEYS = {"description": "description", "permissions": "permissions", "allowed_scope": "allowedScope"}


def facts_of(group: Group) -> GroupFacts:
    return GroupFacts(
        permissions=tuple(group.permissions), allowed_scope=group.allowed_scope, description=group.description
    ).normal()


def faults(name: str, facts: GroupFacts, *, group: Group | None, giver: Holding) -> list[Fault]:
    """Everything wrong with `facts` for `group`, or for a new one, under this name, when `giver` gives them."""
    found = [*holdings.permission_faults(facts.permissions), *holdings.allowed_scope_faults(facts.allowed_scope)]
    if message := _name_fault(name, group):
        found.append(Fault(key="name", message=message))
    if len(facts.description) > LONGEST_DESCRIPTION:
        message = f"Use at most {LONGEST_DESCRIPTION} characters; this has {len(facts.description)}."
        found.append(Fault(key="description", message=message))
    elif usernames.has_unseen(facts.description):
        found.append(Fault(key="description", message="It holds control characters or invisible ones."))
    found += holdings.giving_faults(giver, facts.holding)
    if group is not None and group.allowed_scope and not facts.allowed_scope.strip():
        found += holdings.default_fault(giver, holdings.NOTHING)
    return found


def _name_fault(name: str, group: Group | None) -> str | None:
    if not name.strip() or len(name) > LONGEST_NAME or name != name.strip():
        return f"A group's name has 1 to {LONGEST_NAME} characters, no space around."
    if usernames.has_unseen(name):
        return "A group's name holds no control characters and no invisible ones."
    if group is not None and group.shipped and name != group.name:
        return "A shipped role keeps its name."
    others = Group.objects.filter(name=name)
    taken = (others.exclude(pk=group.pk) if group else others).exists()
    return "There is a group of this name already." if taken else None


@transaction.atomic
def create(*, name: str, facts: GroupFacts, by: audit.Actor, giver: Holding, now: datetime) -> Group:
    """A new group. Raises Refused."""
    _demand_sound(faults(name, facts, group=None, giver=giver))
    facts = facts.normal()
    try:
        with transaction.atomic():
            group = Group.objects.create(name=name, **_columns(facts))
    except IntegrityError as error:  # two made it at once
        raise Refused(faults(name, facts, group=None, giver=giver)) from error
    _record("group.created", group, differences(None, facts), by=by, now=now)
    return group


@transaction.atomic
def change(
    *,
    group: Group,
    name: str,
    facts: GroupFacts,
    by: audit.Actor,
    giver: Holding,
    now: datetime,
    revision: int | None = None,
) -> dict[str, list[Any]]:
    """Make `group` what `facts` say, under `name`; returns `{key: [old, new]}`.

    `revision`: the one that the caller has seen. Raises OutOfReach, Refused, ChangedMeanwhile.
    """
    holdings.demand_reach(giver, facts_of(group).holding, what=f"The group {group.name}")
    _demand_sound(faults(name, facts, group=group, giver=giver))
    facts = facts.normal()
    changes = differences(facts_of(group), facts)
    if name != group.name:
        changes["name"] = [group.name, name]
    if not changes:
        return {}
    _rows(group, revision).update(name=name, **_columns(facts), revision=F("revision") + 1)
    group.refresh_from_db()
    _record("group.changed", group, changes, by=by, now=now)
    return changes


@transaction.atomic
def delete(*, group: Group, by: audit.Actor, giver: Holding, now: datetime, revision: int | None = None) -> None:
    """Its members lose what it gave. Raises OutOfReach, Refused, ChangedMeanwhile."""
    facts = facts_of(group)
    holdings.demand_reach(giver, facts.holding, what=f"The group {group.name}")
    if group.shipped:
        raise Refused([Fault(key="name", message="A shipped role can be changed, not deleted.")])
    if facts.allowed_scope:
        _demand_sound(list(holdings.default_fault(giver, holdings.NOTHING)))
    members = User.objects.filter(groups=group)
    detail = {"members": members.count()}
    members.update(revision=F("revision") + 1)
    subject = audit.Subject("group", group.pk, group.name)
    _rows(group, revision).delete()
    audit.record("group.deleted", actor=by, subject=subject, at=now, detail=detail)


def save(*, name: str, facts: GroupFacts, by: audit.Actor, giver: Holding, now: datetime) -> dict[str, list[Any]]:
    """Make the group `name` what `facts` say, or create it, as documents do; returns `{key: [old, new]}`."""
    group = Group.objects.filter(name=name).first()
    if group is not None:
        return change(group=group, name=name, facts=facts, by=by, giver=giver, now=now)
    create(name=name, facts=facts, by=by, giver=giver, now=now)
    return differences(None, facts.normal())


def _demand_sound(found: list[Fault]) -> None:
    if found:
        raise Refused(found)


def _columns(facts: GroupFacts) -> dict[str, Any]:
    return {
        "permissions": list(facts.permissions),
        "allowed_scope": facts.allowed_scope,
        "description": facts.description,
    }


def _rows(group: Group, revision: int | None) -> Any:
    """The group's row at the revision that was seen, locked until the end. Raises ChangedMeanwhile."""
    rows = Group.objects.filter(pk=group.pk, revision=group.revision if revision is None else revision)
    if not list(rows.select_for_update().values_list("pk", flat=True)):
        raise ChangedMeanwhile
    return rows


def differences(before: GroupFacts | None, after: GroupFacts) -> dict[str, list[Any]]:
    """What changes between normal facts, as `{key: [old, new]}`; before None: of a new group."""
    changes: dict[str, list[Any]] = {}
    for field, key in DOCUMENT_KEYS.items():
        old, new = getattr(before, field, None), getattr(after, field)
        if old != new and (before is not None or key != "description" or new):
            changes[key] = [list(value) if isinstance(value, tuple) else value for value in (old, new)]
    return changes


def _record(kind: str, group: Group, changes: dict[str, list[Any]], *, by: audit.Actor, now: datetime) -> None:
    audit.record(kind, actor=by, subject=audit.Subject("group", group.pk, group.name), changes=changes, at=now)
