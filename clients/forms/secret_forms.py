"""The forms of a client's secrets: a new one with the overlap of the old ones, and what can be changed of one (R15).

They read what was sent; what is wrong with it, `clients.secrets.rotation` says, and its faults come back to their
fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.fields import Text
from accounts.widgets import Choice, NumberWithUnit, Segmented
from clients.models import ClientSecret
from clients.rules.validation import Fault
from clients.secrets.rotation import AT_ONCE, LONGEST_LABEL, LONGEST_OVERLAP, Wanted

OTHER = "hours"
OVERLAPS = {
    "none": ("At once", AT_ONCE),
    "1h": ("1 hour", timedelta(hours=1)),
    "24h": ("24 hours", timedelta(hours=24)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}
MOST_HOURS = LONGEST_OVERLAP // timedelta(hours=1)


class SecretForm(forms.Form):
    """Label and end of one secret."""

    label = Text(
        label="Label",
        widget=forms.TextInput(attrs={"maxlength": LONGEST_LABEL, "autocomplete": "off"}),
        help_text="Where it lives, so that you know it again: a host, a job, a team.",
    )
    expires = Text(
        label="Expires on",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="It stops working as that day begins, UTC. Left empty, it does not expire.",
    )

    def __init__(self, data: QueryDict | None = None, *, secret: ClientSecret | None = None) -> None:
        self.kept = secret.expires_at if secret else None
        initial = {"label": secret.label, "expires": _day(secret.expires_at)} if secret else {}
        super().__init__(data, initial=initial)

    @property
    def said_label(self) -> str:
        return str(self["label"].value() or "")

    @property
    def said_end(self) -> datetime | None:
        """The chosen end; the moment as it is, where its day was left alone."""
        text = str(self["expires"].value() or "").strip()
        if self.kept is not None and text == _day(self.kept):
            return self.kept
        return datetime.combine(date.fromisoformat(text), time.min, tzinfo=UTC) if text else None

    def clean(self) -> dict[str, Any] | None:
        try:
            _ = self.said_end
        except ValueError:
            self.add_error("expires", "Write a day as year-month-day, such as 2027-03-01.")
        return super().clean()

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Bring each fault to its field."""
        for fault in faults:
            self.add_error(self.field_of(fault), ValidationError(fault.message, code=fault.code))

    def field_of(self, fault: Fault) -> str | None:
        return fault.field if fault.field in self.fields else None


class RotateForm(SecretForm):
    """A new secret. What is not sent says: generated, without label or end, and the others stop at once."""

    overlap = Text(label="Earlier secrets stop", widget=Segmented)
    overlap_hours = Text(label="Overlap", widget=NumberWithUnit(unit="hours"))
    client_secret = Text(
        label="The secret itself",
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "mono", "autocomplete": "new-password"}),
        help_text="Generated if left empty, which is best. One of your own can live only once at a time.",
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        choices = [(value, Choice(label=label)) for value, (label, _) in OVERLAPS.items()]
        self.fields["overlap"].widget.choices = [*choices, (OTHER, Choice(label="Other"))]
        self.fields["overlap"].initial = "none"
        self.fields["overlap_hours"].initial = "48"

    @property
    def said_overlap(self) -> timedelta:
        """Raises ValueError for what is no overlap."""
        choice = str(self["overlap"].value() or "none")
        if choice in OVERLAPS:
            return OVERLAPS[choice][1]
        hours = str(self["overlap_hours"].value() or "").strip() if choice == OTHER else ""
        if not (hours.isascii() and hours.isdigit() and len(hours) < 6 and 1 <= int(hours) <= MOST_HOURS):
            raise ValueError(hours)
        return timedelta(hours=int(hours))

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            label=self.said_label,
            expires_at=self.said_end,
            custom=str(self["client_secret"].value() or "") or None,
        )

    def clean(self) -> dict[str, Any] | None:
        try:
            _ = self.said_overlap
        except ValueError:
            other = self["overlap"].value() == OTHER
            self.add_error(
                "overlap_hours" if other else "overlap",
                f"Write a number of hours, from 1 to {MOST_HOURS:,}." if other else "Choose one of these.",
            )
        return super().clean()


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d}"
