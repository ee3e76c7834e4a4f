"""On whose behalf documents are applied: the server's operator, who may everything, or a viewer of console and API.

The rules of documents are the same for both (`clients.documents.planning`); here stands what a viewer must hold
besides (R59, R36), and whether protection binds (R43, R44). A refusal names the permission.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from accounts import server_settings
from accounts.authorization import holding_of, may
from accounts.holdings import EVERYTHING, Holding, lacking_permissions
from accounts.models import User
from accounts.permissions import Permission
from clients import access
from clients.documents.document import Row
from clients.facts import ClientFacts, facts_of
from clients.models import Client
from clients.rules import giving
from clients.rules.validation import Fault
from clients.service_accounts import held_permissions

NEEDS = {"clientSecret": Permission.CLIENTS_RESET_SECRET, "softDeleted": Permission.CLIENTS_DELETE}


@dataclass(frozen=True, kw_only=True)
class Acting:
    """`viewer` None: the operator, by `manage.py apply`. `by_api`: the viewer acts through the API."""

    viewer: User | None = None
    by_api: bool = False

    @property
    def past_protection(self) -> bool:
        """Whether protection is not for such as these, where no setting says otherwise (R44)."""
        return self.viewer is None or self.by_api

    @property
    def despite_protection(self) -> bool:
        """R44: protection binds the console; the operator's documents and the API only where the setting says so."""
        return self.past_protection and not server_settings.current().protection_binds_api

    @property
    def giver(self) -> Holding:
        """What whoever acts holds, and may give."""
        return EVERYTHING if self.viewer is None else holding_of(self.viewer)

    def sees(self, client: Client) -> bool:
        """Whether the client may be spoken of at all; of any other not more than that its id is taken."""
        return self.viewer is None or access.sees(self.viewer, client)

    def default_owner(self) -> str:
        """R7's default is whoever acts; the operator acts as the longest-standing super-administrator."""
        if self.viewer is not None:
            return self.viewer.username
        standing = User.objects.filter(kind=User.Kind.PERSON, is_superuser=True, is_active=True, deleted_at=None)
        return standing.order_by("pk").values_list("username", flat=True).first() or ""

    def faults_of_new(self, row: Row) -> Iterator[Fault]:
        """What a viewer lacks to register this."""
        if self.viewer is None:
            return
        if not may(self.viewer, Permission.CLIENTS_CREATE):
            yield _missing("client_id", Permission.CLIENTS_CREATE, "register a client")
        if row.facts.owner != self.viewer.username and not access.may_choose_owner(self.viewer, new=True):
            yield _missing("owner", Permission.CLIENTS_CREATE, "name another owner than yourself")
        yield from self._not_held(before=None, row=row, permissions=row.permissions or ())

    def faults_of_change(self, client: Client, changed: Collection[str], row: Row) -> Iterator[Fault]:
        """What a viewer lacks to change these keys of `client`."""
        if self.viewer is None:
            return
        for permission in dict.fromkeys(NEEDS.get(key, Permission.CLIENTS_EDIT) for key in changed):
            if not may(self.viewer, permission, client):
                yield _missing("client_id", permission, "make this change")
        if "owner" in changed and not access.may_choose_owner(self.viewer, new=False):
            yield _missing("owner", Permission.CLIENTS_EDIT, "hand a client over")
        given = set(row.permissions or ()) - set(held_permissions(client)) if "apiPermissions" in changed else ()
        yield from self._not_held(before=facts_of(client), row=row, permissions=given)

    def _not_held(self, *, before: ClientFacts | None, row: Row, permissions: Collection[str]) -> Iterator[Fault]:
        """R36: nobody gives a client what they do not hold themselves. What it has already may stay."""
        if self.viewer is not None:
            yield from giving.faults(row.facts, before=before, by=self.viewer)
        for name in lacking_permissions(self.giver, permissions):
            yield giving.not_held("permissions", f"You do not hold {name[:100]}, so you cannot give it.")


OPERATOR = Acting()


def _missing(field: str, permission: Permission, what: str) -> Fault:
    return Fault(field=field, code="permission", message=f"You need the permission {permission} to {what}.")
