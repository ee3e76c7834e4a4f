"""The form of an initial access token."""

from __future__ import annotations

from datetime import timedelta

from django import forms

from accounts.fields import Text
from accounts.models import User
from accounts.widgets import NumberWithUnit
from clients.rules import grant_types
from clients.rules.text import normal_lines
from tokens.registering import initial_tokens
from tokens.registering.initial_tokens import Fault, Limits

LABELS = {grant.value: grant.label for grant in grant_types.GRANT_TYPES}


class InitialTokenForm(forms.Form):
    """Limits first: what a stranger may do with it is all that it is."""

    name = Text(label="Name", required=True, help_text="What the trail calls it, such as the project that gets it.")
    clients = forms.IntegerField(
        label="Clients", initial=1, widget=NumberWithUnit(unit="clients"), help_text="How many it registers."
    )
    days = forms.IntegerField(
        label="Lasts", initial=7, widget=NumberWithUnit(unit="days"), help_text="Nobody registers by it after that."
    )
    grants = forms.MultipleChoiceField(
        label="Grants",
        choices=[(value, LABELS[value]) for value in initial_tokens.GRANTS],
        initial=[grant_types.AUTHORIZATION_CODE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    allowed_scope = Text(
        label="Allowed scope", required=False, help_text="The most that a client may be allowed; * stands for any text."
    )
    redirect_hosts = Text(
        label="Redirect hosts",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false"}),
        help_text="One a line, such as app.example.com or *.example.com.",
    )
    owner = Text(label="Owner", required=True, help_text="The user name of who answers for these clients.")

    def __init__(self, *args: object, viewer: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["owner"].initial = viewer.username
        for field in self.fields.values():
            field.error_messages["required"] = field.error_messages.get("required") or "This is required."

    @property
    def limits(self) -> Limits:
        """Of a form that is valid."""
        said = self.cleaned_data
        return Limits(
            name=said["name"],
            owner=said["owner"].strip(),
            grants=tuple(said["grants"]),
            allowed_scope=said["allowed_scope"],
            redirect_hosts=tuple(normal_lines(said["redirect_hosts"]).split()),
            clients=said["clients"],
            lasts=timedelta(days=min(max(said["days"], 0), 100_000)),
        )

    def add_faults(self, faults: list[Fault]) -> None:
        """Each at its field."""
        for fault in faults:
            self.add_error("days" if fault.field == "lasts" else fault.field, fault.message)
