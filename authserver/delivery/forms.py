"""The form of a target."""

from __future__ import annotations

from django import forms

from accounts.fields import Text


class TargetForm(forms.Form):
    """Its rules stand in `authserver.delivery.targets`."""

    name = Text(label="Name", required=True, help_text="What people call it, such as SIEM.")
    url = Text(
        label="Address",
        required=True,
        widget=forms.TextInput(
            attrs={"class": "mono", "inputmode": "url", "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text="https://… Every event is sent there by POST, signed.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["name"].error_messages["required"] = "A name is required."
        self.fields["url"].error_messages["required"] = "An address is required."
