"""The form that makes and changes a group."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from accounts import groups
from accounts.claim_forms import PLAIN
from accounts.fields import SeveralOf, Text
from accounts.groups import GroupFacts
from accounts.holdings import Holding
from accounts.models import Group
from accounts.person_forms import MONO, AskingForm
from accounts.widgets import Checkboxes


class GroupForm(AskingForm):
    """Name, description, and what every member holds."""

    name = Text(label="Name", required=True, widget=forms.TextInput(attrs=PLAIN))
    description = Text(label="Description", widget=forms.TextInput(attrs=PLAIN))
    permissions = SeveralOf(label="Permissions", widget=Checkboxes, required=False)
    allowed_scope = Text(
        label="Allowed scope",
        widget=forms.TextInput(attrs=MONO),
        help_text="Scopes that members may give to clients and tokens of their own, separated by spaces; a * stands "
        "for any characters.",
    )

    def __init__(self, data: QueryDict | None = None, *, giver: Holding, group: Group | None = None) -> None:
        self.giver, self.group = giver, group
        before = groups.facts_of(group) if group else GroupFacts()
        initial = {
            "name": group.name if group else "",
            "description": before.description,
            "permissions": list(before.permissions),
            "allowed_scope": before.allowed_scope,
        }
        super().__init__(self.completed(data, initial), initial=initial)
        self.fields["name"].error_messages["required"] = "A name is required."
        self.fields["name"].widget.attrs["maxlength"] = groups.LONGEST_NAME
        self.fields["description"].widget.attrs["maxlength"] = groups.LONGEST_DESCRIPTION
        if group is not None and group.shipped:
            self.fields["name"].widget.attrs["readonly"] = True
            self.fields["name"].help_text = "A shipped role keeps its name."
        self.offer_permissions(before.permissions)

    @property
    def chosen_name(self) -> str:
        return str(self["name"].value() or "").strip()

    @property
    def facts(self) -> GroupFacts:
        """What the form says now, sound or not."""
        return GroupFacts(
            description=str(self["description"].value() or ""),
            permissions=tuple(self["permissions"].value() or ()),
            allowed_scope=str(self["allowed_scope"].value() or ""),
        )

    def clean(self) -> None:
        self.add_faults(groups.faults(self.chosen_name, self.facts, group=self.group, giver=self.giver))
