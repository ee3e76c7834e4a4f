"""What a viewer may do with a client on its pages: shown where it may be done, refused by the server elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.authorization import may
from accounts.models import User
from accounts.permissions import Permission
from clients.models import Client


@dataclass(frozen=True, kw_only=True)
class Actions:
    """Which actions to offer. `frozen`: permitted ones are refused all the same, by protection or as system-owned."""

    edit: bool
    reset_secret: bool
    switch: bool
    delete: bool
    protect: bool
    copy: bool
    export: bool
    frozen: bool

    @property
    def any_in_menu(self) -> bool:
        """Whether there is anything beside editing and resetting."""
        return self.copy or self.export or self.protect or self.switch or self.delete


def actions_for(user: User, client: Client) -> Actions:
    """By the viewer's permissions, and by what the client is."""
    edit = may(user, Permission.CLIENTS_EDIT, client)
    return Actions(
        edit=edit,
        reset_secret=client.confidential and not client.by_keys and may(user, Permission.CLIENTS_RESET_SECRET, client),
        switch=edit,
        delete=may(user, Permission.CLIENTS_DELETE, client),
        protect=not client.is_system and may(user, Permission.CLIENTS_PROTECT, client),
        copy=may(user, Permission.CLIENTS_CREATE),
        export=may(user, Permission.CLIENTS_EXPORT, client),
        frozen=client.is_protected or client.is_system,
    )
