"""Form fields that leave judging to the rules of the rooms, so that every fault has one wording."""

from __future__ import annotations

from typing import Any

from django import forms


class Text(forms.CharField):
    """A text as it was sent. Django's own NUL check would speak before the rule that names the characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})
        self.validators = []


class SeveralOf(forms.MultipleChoiceField):
    """Check boxes whose unknown values are refused by the rule, not by the field."""

    def valid_value(self, value: object) -> bool:
        return True
