"""The rows that every server has from `migrate` on: the settings row and the shipped roles (R60)."""

from accounts.models import Group, ServerSettings
from accounts.permissions import SHIPPED_ROLES


def put_in_place(**_: object) -> None:
    """Create what is missing; what an administrator has changed stays changed."""
    ServerSettings.objects.get_or_create(pk=1)
    for role in SHIPPED_ROLES:
        Group.objects.get_or_create(
            name=role.name,
            defaults={
                "description": role.description,
                "permissions": sorted(role.permissions),
                "shipped": True,
            },
        )
