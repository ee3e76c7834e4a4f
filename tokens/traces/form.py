"""The one field of the trace's page."""

from __future__ import annotations

from django import forms

from accounts.fields import Text
from accounts.models import User
from tokens.traces.finding import Found, find, normal
from tokens.traces.keeping import KEPT_FOR


class TraceForm(forms.Form):
    """`found`: what stands under the reference, once the form is valid."""

    reference = Text(
        label="Reference id",
        help_text="From the refusal’s answer (reference, X-Reference), its page, or the audit trail. "
        f"Traces are kept for {KEPT_FOR.days} days.",
        required=True,
    )

    def __init__(self, *args: object, viewer: User, **kwargs: object) -> None:
        self.viewer = viewer
        self.found: Found | None = None
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["reference"]
        field.widget.attrs |= {"class": "input mono", "autocomplete": "off", "placeholder": "R-7QK2-9FXM"}
        field.error_messages["required"] = "Paste a reference id, such as R-7QK2-9FXM."

    def clean_reference(self) -> str:
        reference = normal(str(self.cleaned_data["reference"]))
        if not reference:
            raise forms.ValidationError("This is no reference id: they look like R-7QK2-9FXM.")
        self.found = find(reference, viewer=self.viewer)
        if self.found is None:
            raise forms.ValidationError("There is no refusal of this reference that you may see, or not any more.")
        return reference
