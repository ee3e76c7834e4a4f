"""The rows that every server has from `migrate` on: the settings row and the shipped roles (R60)."""

from __future__ import annotations

from django.db import transaction

import audit
from accounts.models import Group, ServerSettings
from accounts.permissions import SHIPPED_ROLES, Role


def put_in_place() -> None:
    """Create what is missing; what an administrator has changed stays changed."""
    ServerSettings.objects.get_or_create(pk=1)
    for role in SHIPPED_ROLES:
        _put_role(role)


@transaction.atomic
def _put_role(role: Role) -> None:
    """A new version's new permissions join a role that ships with them; what was taken from it stays taken."""
    ships = sorted(role.permissions)
    group, made = Group.objects.get_or_create(
        name=role.name,
        defaults={
            "description": role.description,
            "permissions": ships,
            "allowed_scope": role.allowed_scope,
            "shipped": True,
            "shipped_permissions": ships,
        },
    )
    new = set(ships) - set(group.shipped_permissions)
    if made or not new or not group.shipped:
        return
    before, after = group.permissions, sorted({*group.permissions, *new})
    group.permissions, group.shipped_permissions = after, sorted({*group.shipped_permissions, *new})
    group.revision += 1
    group.save(update_fields=["permissions", "shipped_permissions", "revision"])
    if before != after:
        subject = audit.Subject("group", group.pk, group.name)
        audit.record("group.changed", actor=audit.SYSTEM, subject=subject, changes={"permissions": [before, after]})
