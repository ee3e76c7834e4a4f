"""How every form of the site is drawn: one field template, one error summary, the widgets of `templates/`.

The bound field knows what its template needs to tie label, help, control and error together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

from accounts.widgets import LineFault, Lines, Switch

READY_NUMBERS = 40  # line numbers beyond the text's last line: it may grow without a script


@dataclass(frozen=True, kw_only=True)
class LineNumber:
    number: int
    bad: bool


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One thing to correct; `line` is counted from 1, and None for the field as a whole."""

    message: str
    line: int | None = None


class ConsoleBoundField(BoundField):
    """A field of a form, with what `templates/forms/field.html` asks of it."""

    @property
    def layout(self) -> str:
        """Which way the field template lays it out: `switch`, `choice`, `lines`, `group` or `plain`."""
        widget = self.field.widget
        if isinstance(widget, Switch):
            return "switch"
        if isinstance(widget, forms.CheckboxInput):
            return "choice"
        if isinstance(widget, Lines):
            return "lines"
        return "group" if self.use_fieldset else "plain"

    @property
    def optional(self) -> bool:
        return not self.field.required and self.layout in ("plain", "lines")

    @property
    def target(self) -> str:
        """The id that the error summary's link leads to: a control, since a group of them takes no focus."""
        return self.id_for_label or f"{self.auto_id}_0"

    @property
    def faults(self) -> list[FieldError]:
        """The field's errors in order, those of lines with their line."""
        return [_fault(error) for error in self.errors.as_data()]

    @property
    def bad_lines(self) -> list[int]:
        return sorted({fault.line for fault in self.faults if fault.line is not None})

    @property
    def line_numbers(self) -> list[LineNumber]:
        """The numbers beside a text of one entry a line."""
        count = str(self.value() or "").count("\n") + 1 + READY_NUMBERS
        bad = set(self.bad_lines)
        return [LineNumber(number=number, bad=number in bad) for number in range(1, count + 1)]

    @property
    def in_short(self) -> str:
        """The field's faults as one line of the error summary."""
        lines = self.bad_lines
        if len(lines) > 1:
            return f"lines {', '.join(map(str, lines[:-1]))} and {lines[-1]}"
        first = self.faults[0]
        return f"line {first.line}: {first.message}" if first.line is not None else first.message


def _fault(error: ValidationError) -> FieldError:
    line = error.line if isinstance(error, LineFault) else None
    return FieldError(message=error.messages[0], line=line)


class ConsoleRenderer(TemplatesSetting):
    """`settings.FORM_RENDERER`. Django's own widgets are overridden in `templates/django/forms/widgets/`."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    bound_field_class: Any = ConsoleBoundField
