"""What a viewer may do with a person on their pages: shown where it may be done, refused by the server elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.authorization import holding_of, may
from accounts.models import User
from accounts.permissions import Permission
from accounts.reach import reaches


@dataclass(frozen=True, kw_only=True)
class Actions:
    """Which actions to offer. `out_of_reach`: permitted ones are refused, since the person holds more (R36)."""

    edit: bool
    reset_password: bool
    switch: bool
    delete: bool
    out_of_reach: bool

    @property
    def any_in_menu(self) -> bool:
        """Whether there is anything beside editing."""
        return self.reset_password or self.switch or self.delete


def actions_for(viewer: User, person: User) -> Actions:
    """By the viewer's permissions and holding, and by who it is; nobody ends themselves."""
    edits, deletes = may(viewer, Permission.PEOPLE_EDIT), may(viewer, Permission.PEOPLE_DELETE)
    within = (edits or deletes) and reaches(holding_of(viewer), person)
    human, other = person.kind == User.Kind.PERSON, person.pk != viewer.pk
    return Actions(
        edit=edits and within,
        reset_password=edits and within and human,
        switch=edits and within and human and other,
        delete=deletes and within and human and other,
        out_of_reach=(edits or deletes) and not within,
    )
