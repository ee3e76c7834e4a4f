"""Making and changing groups: roles that bundle permissions and scopes (R60). Atomic, and audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

import audit
from accounts import holdings, usernames
from accounts.faults import Fault, Refused
from accounts.models import Group

LONGEST_NAME = 150


@dataclass(frozen=True, kw_only=True)
class GroupFacts:
    """What people decide about a group, beside its name."""

    permissions: tuple[str, ...] = ()
    allowed_scope: str = ""

    def normal(self) -> GroupFacts:
        return GroupFacts(
            permissions=holdings.normal_permissions(self.permissions),
            allowed_scope=holdings.normal_scope(self.allowed_scope),
        )


DOCUMENT_KEYS = {"permissions": "permissions", "allowed_scope": "allowedScope"}


def facts_of(group: Group) -> GroupFacts:
    return GroupFacts(permissions=tuple(group.permissions), allowed_scope=group.allowed_scope).normal()


def faults(name: str, facts: GroupFacts) -> list[Fault]:
    """Everything wrong with a group of this name."""
    found = [*holdings.permission_faults(facts.permissions), *holdings.allowed_scope_faults(facts.allowed_scope)]
    if not name.strip() or len(name) > LONGEST_NAME or name != name.strip():
        found.append(Fault(key="name", message=f"A group's name has 1 to {LONGEST_NAME} characters, no space around."))
    elif usernames.has_unseen(name):
        found.append(Fault(key="name", message="A group's name holds no control characters and no invisible ones."))
    return found


@transaction.atomic
def save(*, name: str, facts: GroupFacts, by: audit.Actor, now: datetime) -> dict[str, list[Any]]:
    """Make the group `name` what `facts` say, or create it; returns `{key: [old, new]}`. Raises Refused."""
    if found := faults(name, facts):
        raise Refused(found)
    facts = facts.normal()
    group = Group.objects.filter(name=name).first()
    changes = _differences(facts_of(group) if group else None, facts)
    if group is not None and not changes:
        return {}
    kind = "group.changed" if group else "group.created"
    group = group or Group(name=name)
    group.permissions, group.allowed_scope = list(facts.permissions), facts.allowed_scope
    group.save()
    audit.record(kind, actor=by, subject=audit.Subject("group", group.pk, name), changes=changes, at=now)
    return changes


def _differences(before: GroupFacts | None, after: GroupFacts) -> dict[str, list[Any]]:
    changes: dict[str, list[Any]] = {}
    for field, key in DOCUMENT_KEYS.items():
        old, new = getattr(before, field, None), getattr(after, field)
        if old != new:
            changes[key] = [list(value) if isinstance(value, tuple) else value for value in (old, new)]
    return changes
