"""How the console's forms ask: controls that Django does not have, drawn by `templates/forms/widgets/`.

A choice may carry an explanation, and the reason why it is forbidden: it then stays in sight, but cannot be
chosen. The rooms refuse it on the server all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The label of one choice: `(value, Choice(label=…))` in a field's `choices`."""

    label: str
    explanation: str = ""
    forbidden: str = ""  # why it cannot be chosen; empty when it can

    def __str__(self) -> str:
        return self.label


class _ExplainedChoices:
    """Turns a forbidden choice's control off."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, label, *args, **kwargs)  # type: ignore[misc]
        if isinstance(label, Choice) and label.forbidden:
            option["attrs"]["disabled"] = True
        return option


class Checkboxes(_ExplainedChoices, forms.CheckboxSelectMultiple):
    """Several of a few, each explained."""

    template_name = "forms/widgets/choices.html"


class Radios(_ExplainedChoices, forms.RadioSelect):
    """One of a few, each explained."""

    template_name = "forms/widgets/choices.html"


class RadioCards(_ExplainedChoices, forms.RadioSelect):
    """One of two to six exclusive ways."""

    template_name = "forms/widgets/cards.html"


class Segmented(_ExplainedChoices, forms.RadioSelect):
    """One of two to four short values."""

    template_name = "forms/widgets/segmented.html"


class Switch(forms.CheckboxInput):
    """A setting that is on or off."""

    template_name = "forms/widgets/switch.html"


class Lines(forms.Textarea):
    """One entry a line, with line numbers. What is wrong with a line is a LineFault."""

    template_name = "forms/widgets/lines.html"


class LineFault(ValidationError):
    """What is wrong with one line, counted from 1; the message leaves the line out.

    Not ValidationError's `params`: they would make every `%` of a message a format.
    """

    def __init__(self, message: str, *, line: int, code: str = "invalid") -> None:
        super().__init__(message, code=code)
        self.line = line


class NumberWithUnit(forms.TextInput):
    """A number with its unit beside it. Not `type=number`: the wheel must not change a lifetime."""

    template_name = "forms/widgets/with_unit.html"

    def __init__(self, *, unit: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off", **(attrs or {})})
        self.unit = unit

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["unit"] = self.unit
        return context
