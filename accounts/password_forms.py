"""Forms that set a password: for a new person, for one who has lost it, and by the person's own link."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from accounts import passwords
from accounts.fields import Text
from accounts.holdings import Holding
from accounts.models import User
from accounts.person_forms import PersonForm
from accounts.usernames import LONGEST
from accounts.widgets import Choice, Radios

LINK, PASSWORD = "link", "password"
RULE = "12 characters or more, and not a common one."


def _password(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        required=False,
        max_length=1000,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class PasswordPair(forms.Form):
    """A password, typed twice."""

    password = _password("Password", RULE)
    password_again = _password("Password, once more")

    def judge(self, person: User) -> None:
        """Each fault at its field; the password is compared with who it is for."""
        password = self.cleaned_data.get("password", "")
        if "password" in self.errors:
            return
        if not password:
            self.add_error("password", "A password is required.")
            return
        for message in passwords.faults(password, person):
            self.add_error("password", message)
        if password != self.cleaned_data.get("password_again", ""):
            self.add_error("password_again", "It is not the same as the first one.")


class SetPasswordForm(PasswordPair):
    """By the link."""

    def __init__(self, data: QueryDict | None = None, *, person: User) -> None:
        super().__init__(data)
        self.person = person
        for field in self.fields.values():
            field.required = True
            field.error_messages["required"] = "A password is required."

    def clean(self) -> None:
        if "password" not in self.errors:
            self.judge(self.person)


class GivePasswordForm(PasswordPair):
    """By an administrator: a link that the person follows, or a password that both know for a moment."""

    how = Text(label="How they get in", widget=Radios)
    field_order = ("how", "password", "password_again")

    def __init__(self, data: QueryDict | None = None, *, person: User) -> None:
        super().__init__(data, initial={"how": LINK})
        self.person = person
        _offer_ways(self.fields["how"])

    @property
    def by_password(self) -> bool:
        return bool(self["how"].value() == PASSWORD)

    def clean(self) -> None:
        if self.by_password:
            self.judge(self.person)


class NewPersonForm(PersonForm, PasswordPair):
    """A new person, and how they get in first."""

    username = Text(
        label="User name",
        required=True,
        strip=False,
        widget=forms.TextInput(
            attrs={"class": "mono", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text="Cannot be changed later, and is never given twice.",
    )
    how = Text(label="How they get in", widget=Radios)
    field_order = ("username", "email", "given_name", "family_name", "how", "password", "password_again")

    def __init__(self, data: QueryDict | None = None, *, viewer: User, giver: Holding) -> None:
        super().__init__(data, viewer=viewer, giver=giver)
        self.initial["how"] = LINK
        self.fields["username"].widget.attrs["maxlength"] = LONGEST
        self.fields["username"].error_messages["required"] = "A user name is required."
        _offer_ways(self.fields["how"])

    @property
    def chosen_username(self) -> str:
        return str(self["username"].value() or "")

    @property
    def by_password(self) -> bool:
        return bool(self["how"].value() == PASSWORD)

    def clean(self) -> None:
        super().clean()
        if self.by_password:
            facts = self.facts
            self.judge(
                User(
                    username=self.chosen_username,
                    email=facts.email,
                    given_name=facts.given_name,
                    family_name=facts.family_name,
                )
            )


def _offer_ways(field: forms.Field) -> None:
    field.widget.choices = [
        (
            LINK,
            Choice(
                label="By a link",
                explanation="You send it to them; it works once, within 24 hours. Only they know the password.",
            ),
        ),
        (PASSWORD, Choice(label="By a password", explanation="You set it now and tell them.")),
    ]
