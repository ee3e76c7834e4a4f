"""The form of one namespace. It asks; `clients.namespaces` judges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.fields import Text
from accounts.widgets import Lines
from clients.namespaces import LONGEST_DESCRIPTION, LONGEST_NAME, NamespaceFacts, faults


class NamespaceForm(forms.Form):
    """`existing`: the name of the namespace that is changed, which stays; empty for a new one."""

    name = Text(label="Name", required=True, help_text="How clients and documents call it. Cannot be changed later.")
    description = Text(label="Description", widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST_DESCRIPTION}))
    administrators = Text(
        label="Administrators",
        widget=Lines,
        strip=False,
        help_text="User names, one a line: the people who answer for it.",
    )

    def __init__(self, *args: Any, existing: str = "", **kwargs: Any) -> None:
        self.existing = existing
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["maxlength"] = LONGEST_NAME
        self.fields["name"].error_messages["required"] = "A name is required."
        if existing:
            del self.fields["name"]

    @property
    def said_name(self) -> str:
        return self.existing or str(self["name"].value() or "").strip()

    @property
    def facts(self) -> NamespaceFacts:
        lines = str(self["administrators"].value() or "").splitlines()
        return NamespaceFacts(
            description=str(self["description"].value() or ""),
            administrators=tuple(line.strip() for line in lines if line.strip()),
        )

    def add_faults(self, found: Iterable[tuple[str, str]]) -> None:
        """Bring each fault to its field; a field that already says something says it alone."""
        silent = set(self.errors)
        for field, sentence in found:
            if field not in silent:
                self.add_error(field if field in self.fields else None, sentence)

    def clean(self) -> None:
        self.add_faults(faults(self.said_name, self.facts) if self.said_name else [])


def initial_of(facts: NamespaceFacts) -> dict[str, str]:
    """What the fields show for a stored namespace."""
    return {"description": facts.description, "administrators": "\n".join(facts.administrators)}
