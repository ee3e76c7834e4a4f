"""The form of the provider that people may sign in with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.datastructures import MultiValueDict

from accounts.faults import Fault
from accounts.models import ServerSettings
from accounts.upstream.facts import CONCEALED, KEYS, Upstream, opened, shown
from accounts.widgets import LineFault, Lines, Switch

MOST_GROUPS = 200
_ADDRESS = RegexValidator(r"\Ahttps?://[^\s\"'<>\\?#]+\Z", "An issuer is an address without query, spaces and quotes.")
_PRINTABLE = RegexValidator(r"\A[\x20-\x7e]+\Z", "Use printable ASCII.")
_SCOPE = RegexValidator(
    r"\Aopenid( [\x21\x23-\x5b\x5d-\x7e]+)*\Z", "Scopes stand apart by single spaces; openid is the first."
)


class UpstreamForm(forms.Form):
    """`seen`: what the provider was when the form was made, so that nobody's change is lost silently."""

    name = forms.CharField(label="Name", max_length=60, help_text="As the button says it: Sign in with …")
    issuer = forms.CharField(
        label="Issuer",
        max_length=500,
        validators=[_ADDRESS],
        help_text="Just as the provider writes it. It is asked before this is saved. With another issuer, accounts "
        "that are connected now have to be connected anew.",
    )
    client_id = forms.CharField(
        label="Client id", max_length=255, validators=[_PRINTABLE], help_text="Of this server, at the provider."
    )
    client_secret = forms.CharField(
        label="Client secret",
        required=False,
        max_length=1000,
        strip=False,
        validators=[_PRINTABLE],
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept encrypted, never shown. Empty: as it is, for the same issuer and client.",
    )
    scope = forms.CharField(
        label="Scope",
        max_length=500,
        validators=[_SCOPE],
        help_text="What is asked for. Some providers tell groups only under a scope of their own.",
    )
    groups_claim = forms.CharField(
        label="Claim",
        max_length=100,
        help_text="Whose values say which groups somebody is in; realm_access.roles is the way through an object.",
    )
    groups = forms.CharField(
        label="Groups",
        required=False,
        widget=Lines(attrs={"rows": 4, "spellcheck": "false", "placeholder": "staff-admins = Administrator"}),
        help_text="A line each: value = group. At every sign-in people join and leave these groups; others stay as "
        "they are. You can name only groups whose permissions you hold.",
    )
    makes_accounts = forms.BooleanField(
        label="Make accounts",
        required=False,
        widget=Switch,
        help_text="Whoever comes for the first time gets an account. Otherwise people connect theirs under My account.",
    )

    def __init__(self, data: MultiValueDict[str, Any] | None = None, *, stored: ServerSettings) -> None:
        usual = Upstream(name="", issuer="", client_id="")
        was = opened(stored) or usual
        initial = {name: getattr(was, name) for name in KEYS if name != "client_secret"}
        initial["groups"] = "\n".join(f"{value} = {group}" for value, group in was.groups.items())
        super().__init__(data, initial=initial)
        self.stored = stored
        self.seen = None if data is None else _read_seen(data.get("seen", ""))

    @property
    def now(self) -> str:
        """What the hidden field `seen` says."""
        return json.dumps({"upstream": shown(self.stored.upstream)} if self.seen is None else self.seen, sort_keys=True)

    @property
    def value(self) -> dict[str, Any]:
        """As documents write it. Call it on a valid form."""
        said = {key: self.cleaned_data[name] for name, key in KEYS.items()}
        return said | {KEYS["client_secret"]: self.cleaned_data["client_secret"] or CONCEALED}

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Put each fault beside its field."""
        names = {f"upstream.{key}": name for name, key in KEYS.items()}
        for fault in faults:
            self.add_error(names.get(fault.key), fault.message)

    def clean_groups(self) -> dict[str, str]:
        lines = [line.strip() for line in self.cleaned_data["groups"].splitlines()]
        found: dict[str, str] = {}
        for number, line in enumerate(lines, start=1):
            value, equals, group = (part.strip() for part in line.rpartition("="))
            if not line:
                continue
            if not (equals and value and group):
                raise LineFault("Write value = group.", line=number)
            if value in found:
                raise LineFault("This value stands above already.", line=number)
            found[value] = group
        if len(found) > MOST_GROUPS:
            raise forms.ValidationError(f"At most {MOST_GROUPS} lines.")
        return found


def _read_seen(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
