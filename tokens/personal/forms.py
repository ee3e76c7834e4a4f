"""The form of a new personal access token: its faults are the rules', at their fields."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.http import QueryDict

from accounts.fields import SeveralOf, Text
from accounts.widgets import Checkboxes, Choice, Segmented
from clients.models import Client
from policies.models import Scope
from tokens.personal.choosing import DAYS, LONGEST_NAME, NEVER, USUAL_DAYS, Fault


class NewTokenForm(forms.Form):
    """For one client; `scopes` are those that it and the person have in common."""

    name = Text(
        label="Name", help_text="What it is for, and where it is kept: “Backup script on nas-2”.", required=True
    )
    scopes = SeveralOf(label="What it may do", widget=Checkboxes, required=True)
    lasts = forms.CharField(
        label="Ends after", widget=Segmented, help_text="A token that is forgotten somewhere should end by itself."
    )

    def __init__(self, data: QueryDict | None, *, client: Client, scopes: Iterable[Scope]) -> None:
        super().__init__(data, initial={"lasts": str(USUAL_DAYS)})
        self.fields["name"].widget.attrs |= {"maxlength": LONGEST_NAME, "autocomplete": "off", "class": "input"}
        self.fields["name"].error_messages["required"] = "Give it a name: what it is for, and where it is kept."
        self.fields["scopes"].error_messages["required"] = "Choose what it may do: at least one scope."
        self.fields["scopes"].choices = [(scope.name, _choice(scope)) for scope in scopes]  # type: ignore[attr-defined]
        lasts = [(str(days), Choice(label=f"{days} days")) for days in DAYS]
        if client.access_tokens_never_expire:
            lasts.append((NEVER, Choice(label="never")))
        self.fields["lasts"].widget.choices = lasts

    def add_faults(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.add_error(fault.field, fault.message)


def _choice(scope: Scope) -> Choice:
    words = scope.description.strip()
    sensitive = "Sensitive. " if scope.is_sensitive else ""
    return Choice(label=scope.name, explanation=f"{sensitive}{words}".strip())
