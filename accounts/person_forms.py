"""The forms that make and change people and service accounts.

They ask; they do not judge: what was sent becomes facts, and the rooms' faults come back to their fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict

from accounts import groups, holdings, people
from accounts.claim_forms import PLAIN, ClaimsForm, claims_initial
from accounts.faults import Fault
from accounts.fields import SeveralOf, Text
from accounts.holdings import Holding
from accounts.models import Group, User
from accounts.people import UserFacts
from accounts.permissions import SENTENCES, Permission
from accounts.widgets import Checkboxes, Choice, Switch

MONO = {"class": "mono", "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
COMPLETE = "complete"  # sent by our own forms: what is not ticked is off; without it, it is as before
FIELD_OF = {
    "givenName": "given_name",
    "familyName": "family_name",
    "isActive": "is_active",
    "isSuperuser": "is_superuser",
    "allowedScope": "allowed_scope",
}


class AskingForm(forms.Form):
    """What the forms of this room share: permissions and scope as choices, and faults at their fields."""

    giver: Holding

    def offer_permissions(self, held: Iterable[str]) -> None:
        lacked = set(holdings.lacking_permissions(self.giver, map(str, Permission))) - set(held)
        self.fields["permissions"].choices = [  # type: ignore[attr-defined]
            (
                str(permission),
                Choice(
                    label=str(permission),
                    explanation=sentence,
                    forbidden="You do not hold it yourself." if permission in lacked else "",
                ),
            )
            for permission, sentence in SENTENCES.items()
        ]

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Bring each fault to its field; a field that already says something says it alone."""
        silent = {name for name in self.fields if name in self.errors}
        for fault in faults:
            name = field_of(fault.key)
            if name not in silent:
                self.add_error(name if name in self.fields else None, fault.message)

    def completed(self, data: QueryDict | None, before: Mapping[str, Any]) -> QueryDict | None:
        """What was not sent at all says what it said before."""
        if data is None:
            return None
        filled = data.copy()
        for name, field in self.base_fields.items():
            ticked = isinstance(field.widget, forms.CheckboxInput | forms.CheckboxSelectMultiple)
            if name in data or name not in before or (ticked and COMPLETE in data):
                continue
            value = before[name]
            if isinstance(value, list | tuple):
                filled.setlist(name, [str(item) for item in value])
            elif value or not ticked:
                filled[name] = "on" if value is True else str(value)
        return filled


def field_of(key: str) -> str:
    """The form's field for a document's key."""
    inner = key.removeprefix("claims.").replace(".", "_")
    return FIELD_OF.get(inner, inner)


class PersonForm(AskingForm):
    """All that is decided about one person, beside name and password; of a service account its few facts (R17)."""

    email = Text(label="E-mail", widget=forms.EmailInput(attrs=PLAIN), help_text="The claim email.")
    given_name = Text(label="Given name", widget=forms.TextInput(attrs=PLAIN))
    family_name = Text(label="Family name", widget=forms.TextInput(attrs=PLAIN))
    is_active = forms.BooleanField(label="Active", required=False, widget=Switch)
    is_superuser = forms.BooleanField(
        label="Super-administrator",
        required=False,
        widget=Switch,
        help_text="Holds every permission and every scope, whatever is chosen below.",
    )
    groups = SeveralOf(label="Groups", widget=Checkboxes, required=False)
    permissions = SeveralOf(label="Permissions", widget=Checkboxes, required=False)
    allowed_scope = Text(
        label="Allowed scope",
        widget=forms.TextInput(attrs=MONO),
        help_text="Scopes that they may give to clients and tokens of their own, separated by spaces; a * stands for "
        "any characters. Without any, here or in a group: every scope that is not sensitive.",
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        viewer: User,
        giver: Holding,
        user: User | None = None,
        ends: str = "",
    ) -> None:
        self.giver, self.user = giver, user
        self.before = people.facts_of(user) if user else UserFacts()
        initial = initial_of(self.before)
        super().__init__(self.completed(data, initial), initial=initial)
        for name in ("given_name", "family_name"):
            self.fields[name].widget.attrs["maxlength"] = people.LONGEST_TEXT
        self.fields["email"].widget.attrs["maxlength"] = 254
        self.offer_permissions(self.before.permissions)
        self._offer_groups()
        self._leave_out(viewer, ends)

    def _leave_out(self, viewer: User, ends: str) -> None:
        """Fields that this viewer cannot decide, or that this kind of user does not have."""
        if self.user is None or self.user == viewer:
            del self.fields["is_active"]
        else:
            self.fields["is_active"].help_text = ends
        if not self.giver.everything:
            del self.fields["is_superuser"]
        if self.user is not None and self.user.kind == User.Kind.SERVICE:
            for name in [name for name in self.fields if name not in ("groups", "permissions", "allowed_scope")]:
                del self.fields[name]

    def _offer_groups(self) -> None:
        choices = []
        for group in Group.objects.order_by("name"):
            lacked = [fault.message for fault in holdings.joining_faults(self.giver, [_held(group)])]
            forbidden = lacked[0] if lacked and group.name not in self.before.groups else ""
            choices.append((group.name, Choice(label=group.name, explanation=group.description, forbidden=forbidden)))
        self.fields["groups"].choices = choices  # type: ignore[attr-defined]

    @property
    def facts(self) -> UserFacts:
        """What the form says now, sound or not; what it does not ask stays."""
        said: dict[str, Any] = {
            "groups": tuple(self["groups"].value() or ()),
            "permissions": tuple(self["permissions"].value() or ()),
        }
        for name in ("email", "given_name", "family_name", "allowed_scope"):
            said |= {name: self._said(name)} if name in self.fields else {}
        for name in ("is_active", "is_superuser"):
            said |= {name: bool(self[name].value())} if name in self.fields else {}
        return replace(self.before, **said)

    def _said(self, name: str) -> str:
        return str(self[name].value() or "").strip()

    def clean(self) -> None:
        self.add_faults(
            people.faults(
                self.facts,
                username=self.user.username if self.user else self.chosen_username,
                user=self.user,
                giver=self.giver,
            )
        )

    @property
    def chosen_username(self) -> str:
        return ""


class EditPersonForm(PersonForm, ClaimsForm):
    """With the claims that applications read (OpenID Connect Core §5.1)."""

    field_order = tuple(PersonForm.base_fields)

    @property
    def facts(self) -> UserFacts:
        facts = super().facts
        return facts if "name" not in self.fields else replace(facts, claims=self.claims_said(facts.claims))


def initial_of(facts: UserFacts) -> dict[str, Any]:
    """What the fields show for `facts`."""
    return {
        "email": facts.email,
        "given_name": facts.given_name,
        "family_name": facts.family_name,
        "is_active": facts.is_active,
        "is_superuser": facts.is_superuser,
        "groups": list(facts.groups),
        "permissions": list(facts.permissions),
        "allowed_scope": facts.allowed_scope,
        **claims_initial(facts.claims),
    }


def _held(group: Group) -> tuple[str, Holding]:
    return group.name, groups.facts_of(group).holding
