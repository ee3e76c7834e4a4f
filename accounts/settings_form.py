"""The form of the server's settings (R62): each with its sentence and its default, in the documents' order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from accounts import server_settings
from accounts.models import ServerSettings
from accounts.widgets import Choice, NumberWithUnit, Segmented, Switch

LONGEST = 2_147_483_647  # seconds (R27)
HTTPS = {"default": None, "on": True, "off": False}


@dataclass(frozen=True, kw_only=True)
class Section:
    """Settings under one heading; `fields` are names of the form's fields, which are the columns' names."""

    title: str
    fields: tuple[str, ...]


SECTIONS = (
    Section(
        title="Lifetimes",
        fields=("access_token_lifetime", "authorization_code_lifetime", "refresh_token_lifetime", "retention"),
    ),
    Section(title="Security", fields=("require_https", "require_pkce", "legacy_grants")),
    Section(title="Registration", fields=("dynamic_registration",)),
    Section(title="People", fields=("self_registration", "require_second_factor")),
    Section(title="Protection", fields=("protection_binds_api",)),
    Section(title="Rate limits", fields=("address_budget", "allow_without_counters")),
)
_SHOWN = frozenset(name for section in SECTIONS for name in section.fields)
KEY_OF = {column: key for key, column in server_settings.DOCUMENT_KEYS.items() if column in _SHOWN}


def _number(*, label: str, unit: str, most: int, sentence: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=most,
        widget=NumberWithUnit(unit=unit),
        help_text=sentence,
        error_messages={
            "required": "A number is required.",
            "invalid": "This is a whole number.",
            "min_value": "At least 1.",
            "max_value": f"At most {most}.",
        },
    )


def _switch(*, label: str, sentence: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=Switch, help_text=sentence)


class SettingsForm(forms.Form):
    """`seen`: what the settings were when the form was made, so that nobody's change is lost silently."""

    access_token_lifetime = _number(
        label="Access token lifetime",
        unit="seconds",
        most=LONGEST,
        sentence="Where the client says nothing else. Default 3600, an hour.",
    )
    authorization_code_lifetime = _number(
        label="Authorization code lifetime",
        unit="seconds",
        most=600,
        sentence="In which an application exchanges its code. Default 60; at most 600 (RFC 6749 §4.1.2).",
    )
    refresh_token_lifetime = _number(
        label="Refresh lifetime",
        unit="seconds",
        most=LONGEST,
        sentence="How long a sign-in can be refreshed, counted from its start. Default 2592000, thirty days.",
    )
    retention = _number(
        label="Retention",
        unit="days",
        most=3650,
        sentence="How long ended tokens and authorizations are kept for people to look at. Default 30.",
    )
    require_https = forms.ChoiceField(
        label="Require HTTPS",
        choices=[
            ("default", Choice(label="By mode")),
            ("on", Choice(label="On")),
            ("off", Choice(label="Off")),
        ],
        widget=Segmented,
        help_text="A call by plain http is refused with 400 and recorded. By mode: on outside development.",
    )
    require_pkce = _switch(
        label="Require PKCE",
        sentence="Only confidential clients may be exempted, one by one; public ones always need it. Default on.",
    )
    legacy_grants = _switch(
        label="Legacy grants",
        sentence="Lets clients use implicit and password. Off by default: implicit shows tokens in addresses, and "
        "password trains people to type theirs into other programs (RFC 9700 §2.1.2, §2.4; OAuth 2.1 has neither).",
    )
    dynamic_registration = _switch(
        label="Dynamic client registration",
        sentence="Let applications register themselves at /register, by an initial access token that an administrator "
        "gives them. Default off.",
    )
    require_second_factor = _switch(
        label="Second factor for administrators",
        sentence="Whoever may do more than manage own clients sets one up before anything else. Default off; "
        "never asked in development.",
    )
    self_registration = _switch(
        label="Self-registration",
        sentence="Whoever reaches the sign-in page can make an account there. It holds no role, but applications can "
        "sign its person in. Default off.",
    )
    protection_binds_api = _switch(
        label="Protection binds documents and the API",
        sentence="Otherwise protection guards the console alone, and what passes it by is recorded. Default off.",
    )
    address_budget = _number(
        label="Requests from one address",
        unit="a minute",
        most=LONGEST,
        sentence="Counted before a client has proven itself, an IPv6 address with its /64; beyond it the answer "
        "is 429. Default 600000: a gateway that asks about every request of its API must never meet it.",
    )
    allow_without_counters = _switch(
        label="Let budgets pass while Redis is away",
        sentence="Otherwise clients with a budget are refused with 503 until it answers again. Either way the log and "
        "the dashboard say so. Default off.",
    )

    def __init__(self, data: QueryDict | None, *, stored: ServerSettings) -> None:
        super().__init__(data, initial=_initial(stored))
        self.stored = stored
        self.seen = _read_seen(data.get("seen", "")) if data is not None else None

    @property
    def now(self) -> str:
        """What the hidden field `seen` says: what the viewer took the settings for, else the settings as they stand.

        A form that comes back with a fault keeps it: its other fields still hold what was seen then.
        """
        seen = _values_of(self.stored) if self.seen is None else self.seen
        return json.dumps(seen, sort_keys=True)

    @property
    def values(self) -> dict[str, Any]:
        """What the viewer changed, by documents' keys. Call it on a valid form."""
        said = {KEY_OF[name]: self._value(name) for section in SECTIONS for name in section.fields}
        before = self.seen or _values_of(self.stored)
        return {key: value for key, value in said.items() if value != before.get(key)}

    def onto(self, stored: ServerSettings) -> SettingsForm:
        """The viewer's own changes on the settings as others have left them meanwhile. Call it on a valid form."""
        values, now = self.values, _initial(stored)
        data = QueryDict(mutable=True)
        for name, key in KEY_OF.items():
            value = self.cleaned_data[name] if key in values else now[name]
            if value is not False:
                data[name] = "on" if value is True else str(value)
        again = SettingsForm(data, stored=stored)
        again.is_valid()
        return again

    def _value(self, name: str) -> Any:
        value = self.cleaned_data[name]
        return HTTPS[value] if name == "require_https" else value


def _initial(stored: ServerSettings) -> dict[str, Any]:
    values = {name: getattr(stored, name) for section in SECTIONS for name in section.fields}
    https = next(said for said, value in HTTPS.items() if value is stored.require_https)
    return {**values, "require_https": https}


def _values_of(stored: ServerSettings) -> dict[str, Any]:
    return {key: getattr(stored, column) for column, key in KEY_OF.items()}


def _read_seen(text: str) -> Mapping[str, Any] | None:
    """What the form was made from; None where that was not sent, or is none of ours."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
