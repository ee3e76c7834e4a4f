"""The small forms about a client's beginning and end: restoring one, importing several."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.http import QueryDict

from accounts.fields import Text
from accounts.models import User
from clients import access
from clients.facts import ClientFacts, facts_of
from clients.life import restoring
from clients.models import Client
from clients.rules.validation import Fault


class RestoreForm(forms.Form):
    """Where a deleted client comes back to: its name and version (R3), and its owner (R7)."""

    name = Text(label="Name", required=True)
    version = Text(label="Version", help_text="With the name, unique on this server.")
    owner = Text(label="Owner", required=True, help_text="The user name of who answers for the client.")

    def __init__(self, data: QueryDict | None = None, *, client: Client, user: User) -> None:
        self.client, self.before = client, facts_of(client)
        owner = client.owner
        standing = owner is not None and owner.is_active and owner.deleted_at is None
        initial = {"name": client.name, "version": client.version}
        initial["owner"] = self.before.owner if standing else user.username
        super().__init__(data, initial=initial)
        for name in ("name", "version"):
            self.fields[name].widget.attrs["maxlength"] = 255
        self.fields["name"].error_messages["required"] = "A name is required."
        self.fields["owner"].error_messages["required"] = "An owner is required: who answers for this client."
        if not access.may_choose_owner(user, new=False):
            del self.fields["owner"]

    @property
    def facts(self) -> ClientFacts:
        said = {name: str(self[name].value() or "") for name in self.fields}
        place = {"name": self.before.name, "version": self.before.version, "owner": self.before.owner, **said}
        return restoring.with_place(self.client, **place)

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Bring each fault to its field."""
        for fault in faults:
            self.add_error(fault.field if fault.field in self.fields else None, fault.message)
