"""The form that registers a client: presets first, and what can only be chosen now."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.fields import Text
from accounts.models import User
from accounts.widgets import RadioCards
from clients import registration
from clients.documents.copying import copied_facts
from clients.forms import form_choices
from clients.forms.client_form import ClientForm, choose_from
from clients.forms.form_fields import MONO
from clients.models import Client
from clients.rules.validation import Fault


class RegisterForm(ClientForm):
    """A new client: nothing to give a reason for."""

    reason = None  # type: ignore[assignment]

    preset = Text(label="Start from", widget=RadioCards)
    client_id = Text(
        label="Client id",
        widget=forms.TextInput(attrs={**MONO, "maxlength": 255}),
        help_text="Generated if left empty. Cannot be changed later.",
    )
    client_secret = Text(
        label="Client secret",
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "mono", "autocomplete": "new-password"}),
        help_text="Generated if left empty, which is best. Confidential clients only.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self.fields["preset"], form_choices.presets(legacy_grants=self.settings.legacy_grants))

    @property
    def chosen_client_id(self) -> str:
        return self._said("client_id").strip()

    @property
    def custom_secret(self) -> str | None:
        return self._said("client_secret") or None

    def find_faults(self) -> list[Fault]:
        found = [*registration.faults(self.facts, client_id=self.chosen_client_id), *self.giving_faults()]
        return [*found, *registration.secret_faults(self.facts, self.custom_secret)]


class CopyForm(RegisterForm):
    """A new client that begins as another one is (R45)."""

    def __init__(self, *args: Any, source: Client, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, before=copied_facts(source, owner=user.username), **kwargs)
        del self.fields["preset"]
