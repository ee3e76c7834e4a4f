"""Who gets a person's clients: one new owner for all, and another one for each that is named singly (R7)."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from accounts.fields import Text
from accounts.models import User
from clients.models import Client
from clients.ownership import NEW_OWNER, HandOver, HandOverFault, owned_by

MOST_SINGLE = 50  # clients that can be named singly on one page
MOST_SUGGESTED = 200
SUGGESTIONS = "new-owners"
OWNER = {
    "class": "mono",
    "autocomplete": "off",
    "autocapitalize": "none",
    "spellcheck": "false",
    "list": SUGGESTIONS,
    "maxlength": 255,
}


class HandOverForm(forms.Form):
    """`everything`: nothing may stay with the person, who goes. `asked`: False for who only comes back."""

    new_owner = Text(label="New owner", widget=forms.TextInput(attrs=OWNER))
    protected_too = forms.BooleanField(label="Hand over the protected ones too; they stay protected", required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        person: User,
        everything: bool,
        past_protection: bool,
        asked: bool = True,
    ) -> None:
        super().__init__(data)
        self.person, self.everything, self.asked = person, everything, asked
        self.owned = owned_by(person)
        self.number = self.owned.count()
        self.listed = list(self.owned[:MOST_SINGLE])
        self.protected = list(self.owned.filter(is_protected=True)[:MOST_SINGLE])
        self.fields[NEW_OWNER].help_text = self._help()
        if not (self.protected and past_protection):
            del self.fields["protected_too"]
        for client in self.listed:
            widget = forms.TextInput(
                attrs={**OWNER, "placeholder": "as above", "aria-label": f"New owner of {client.name}"}
            )
            self.fields[_field(client.pk)] = Text(label=client.name, widget=widget)
        all_are_named = len(self.to.single) == self.number
        self.fields[NEW_OWNER].required = everything and asked and not all_are_named
        self.fields[NEW_OWNER].error_messages["required"] = "Name who answers for the clients from now on."

    def _help(self) -> str:
        if self.everything:
            return "User name. Gets every client that is not given to somebody else below."
        return "User name. Gets every client that is not given to somebody else below; empty: the others stay."

    @property
    def rows(self) -> list[tuple[Client, BoundField]]:
        return [(client, self[_field(client.pk)]) for client in self.listed]

    @property
    def single_faults(self) -> bool:
        return any(_field(client.pk) in self.errors for client in self.listed)

    @property
    def suggested(self) -> list[User]:
        """Active people to choose from, while they are few enough for a list."""
        people = User.objects.filter(kind=User.Kind.PERSON, is_active=True, deleted_at=None).exclude(pk=self.person.pk)
        found = list(people.order_by("username")[: MOST_SUGGESTED + 1])
        return found if len(found) <= MOST_SUGGESTED else []

    @property
    def to(self) -> HandOver:
        """What the form says now."""
        single = {client.pk: self._said(_field(client.pk)) for client in self.listed}
        return HandOver(
            rest=self._said(NEW_OWNER),
            single={pk: name for pk, name in single.items() if name},
            protected_too="protected_too" in self.fields and bool(self["protected_too"].value()),
        )

    def _said(self, name: str) -> str:
        return str(self[name].value() or "").strip()

    def clean(self) -> None:
        if self.number and not self.everything and not (self.to.rest or self.to.single):
            self.add_error(NEW_OWNER, "Name a new owner, for all of them or for some.")

    def add_faults(self, faults: Iterable[HandOverFault]) -> None:
        for fault in faults:
            name = NEW_OWNER if fault.client_pk is None else _field(fault.client_pk)
            self.add_error(name if name in self.fields else None, fault.message)


def _field(client_pk: int) -> str:
    return f"owner_{client_pk}"
