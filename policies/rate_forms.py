"""The form of one rate rule (R40): for a method, a budget, a delay, or both. `clients.rules.rate_rules` judges it."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError

from accounts.fields import Text
from accounts.widgets import Choice, NumberWithUnit, Segmented
from clients.rules import rate_rules
from clients.rules.rate_rules import ANY, LONGEST_DELAY, METHODS, WATCH, RateRule
from clients.rules.validation import Fault

NUMBERS = ("limit", "period", "min_delay", "max_delay")
WHOLE = "Write a whole number, 0 or more."
MOST_DIGITS = 12  # more than any bound has: what is longer is judged as too large all the same


class RuleForm(forms.Form):
    """A rule in place of the one that its method had, if any."""

    method = Text(
        label="Method",
        widget=forms.Select(choices=[(one, "Any method" if one == ANY else one) for one in METHODS]),
        required=True,
        initial=ANY,
        help_text="A method's own rule stands in place of the one for any.",
    )
    limit = Text(label="Budget", widget=NumberWithUnit(unit="requests"))
    period = Text(label="In", widget=NumberWithUnit(unit="seconds"), help_text="3600 are an hour, 86400 a day.")
    min_delay = Text(label="Shortest delay", widget=NumberWithUnit(unit="milliseconds"))
    max_delay = Text(
        label="Longest delay",
        widget=NumberWithUnit(unit="milliseconds"),
        help_text=f"Every answer waits for a time between the two, at most {LONGEST_DELAY}.",
    )
    mode = Text(label="Effect", widget=Segmented, initial=rate_rules.MODES[0])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["mode"].widget.choices = [
            (rate_rules.MODES[0], Choice(label="Enforce")),
            (WATCH, Choice(label="Watch")),
        ]

    def _said(self, name: str) -> str:
        return str(self[name].value() or "").strip()

    def _number(self, name: str) -> int | None:
        said = self._said(name)
        return int(said[:MOST_DIGITS]) if said.isascii() and said.isdigit() else None

    @property
    def rule(self) -> RateRule:
        """As it was typed, sound or not."""
        return RateRule(
            method=self._said("method"),
            limit=self._number("limit"),
            period=self._number("period"),
            min_delay=self._number("min_delay") or 0,
            max_delay=self._number("max_delay") or 0,
            watched=self._said("mode") == WATCH,
        )

    def clean(self) -> None:
        unread = [name for name in NUMBERS if self._said(name) and self._number(name) is None]
        for name in unread:
            self.add_error(name, WHOLE)
        for fault in [] if unread else rate_rules.rule_faults(self.rule):
            self.add_error(fault.field, fault.message)

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """What the registry says: of other fields, where the client was not sound before."""
        for fault in faults:
            self.add_error(None, ValidationError(f"{fault.field}: {fault.message}", code=fault.code))


def filled_with(rule: RateRule) -> RuleForm:
    """The form that begins with a rule as it stands."""
    shown = {name: getattr(rule, name) for name in NUMBERS}
    known = {name: value for name, value in shown.items() if value is not None and (value or name == "limit")}
    return RuleForm(initial={**known, "method": rule.method, "mode": WATCH if rule.watched else rate_rules.MODES[0]})
