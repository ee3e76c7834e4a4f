"""The forms of a client's network rules: the whole text, a rule a line, and one rule more. They ask; rules judge."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError

from accounts.fields import Text
from accounts.widgets import Choice, LineFault, Lines, Segmented
from clients.rules import network_rules
from clients.rules.network_rules import LONGEST_NOTE, NotANetwork
from clients.rules.redirect_uris import lines_of
from clients.rules.validation import Fault


class RulesForm(forms.Form):
    """Every rule of a client as text. Faults come back to their lines, all at once."""

    rules = Text(
        label="Rules",
        widget=Lines(attrs={"rows": 12}),
        strip=False,
        help_text="A rule a line: allow or deny, a network or an address, then a note. With watch before it, a rule "
        "refuses nobody and records whom it would have refused.",
    )

    @property
    def lines(self) -> tuple[str, ...]:
        return lines_of(str(self["rules"].value() or ""))

    def clean(self) -> None:
        for fault in network_rules.faults(self.lines):
            self.add_error("rules", LineFault(fault.message, line=fault.line))

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """What the registry says: of other fields too, where the client was not sound before."""
        for fault in faults:
            if fault.field == "network_rules" and fault.line is not None:
                self.add_error("rules", LineFault(fault.message, line=fault.line, code=fault.code))
            else:
                self.add_error(None, ValidationError(f"{fault.field}: {fault.message}", code=fault.code))


class AddForm(forms.Form):
    """One rule more. `meant`: what could be written in place of a network that was refused."""

    cidr = Text(
        label="Network",
        required=True,
        error_messages={"required": "Write a network, such as 10.0.0.0/8, or an address."},
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false", "maxlength": 100}),
    )
    action = Text(label="Action", widget=Segmented)
    note = Text(label="Note", widget=forms.TextInput(attrs={"maxlength": LONGEST_NOTE, "autocomplete": "off"}))
    meant: tuple[str, ...] = ()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["action"].widget.choices = [
            ("allow", Choice(label="Allow")),
            ("deny", Choice(label="Deny")),
            ("watch allow", Choice(label="Watch allow")),
            ("watch deny", Choice(label="Watch deny")),
        ]
        self.fields["action"].initial = "allow"

    @property
    def line(self) -> str:
        said = {name: str(self[name].value() or "").strip() for name in ("action", "cidr", "note")}
        return f"{said['action'] or 'allow'} {said['cidr']} {said['note']}".strip()

    def judge(self, *, beside: tuple[str, ...]) -> bool:
        """Whether the new rule is sound beside those that stand; its faults come to its own fields."""
        if not self.is_valid():
            return False
        cidr = str(self["cidr"].value() or "").strip()
        try:
            network_rules.network_of(cidr)
            network_rules.rule_of(self.line)
        except NotANetwork as refusal:
            self.meant = refusal.meant
            self.add_error("note" if str(refusal).startswith("In the note") else "cidr", str(refusal))
            return False
        for fault in network_rules.faults([*beside, self.line]):
            if fault.line > len(beside):
                self.add_error("cidr", fault.message.replace("Remove it: line", "Rule"))
                return False
        return True
