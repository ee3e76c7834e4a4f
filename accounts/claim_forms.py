"""The fields of a person's claims, as applications read them (OpenID Connect Core §5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from accounts.fields import Text
from accounts.widgets import Switch

PLAIN = {"autocomplete": "off"}
OF_ADDRESS = "address_"


def _text(label: str, help_text: str = "") -> Text:
    return Text(label=label, help_text=help_text, widget=forms.TextInput(attrs=PLAIN))


def _lines(label: str) -> Text:
    return Text(label=label, widget=forms.Textarea(attrs={**PLAIN, "rows": 2}))


def _switch(label: str, help_text: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=Switch, help_text=help_text)


class ClaimsForm(forms.Form):
    """Each claim under its own name, the parts of the address as `address_PART`."""

    name = _text("Full name", "As it is shown, all parts in one.")
    middle_name = _text("Middle name")
    nickname = _text("Nickname")
    preferred_username = _text("Preferred user name", "What applications may call them by.")
    birthdate = _text("Birth date", "Such as 1980-12-31; 0000-12-31 leaves the year out.")
    gender = _text("Gender")
    locale = _text("Language", "A language tag, such as en-GB.")
    zoneinfo = _text("Time zone", "Such as Europe/Paris.")
    phone_number = _text("Telephone", "Such as +44 20 7946 0000.")
    picture = _text("Picture", "The web address of an image.")
    profile = _text("Profile page", "A web address.")
    website = _text("Website", "A web address.")
    email_verified = _switch("E-mail is verified", "Applications are told that the address is really theirs.")
    phone_number_verified = _switch("Telephone is verified", "Applications are told that the number is really theirs.")
    address_street_address = _lines("Street")
    address_postal_code = _text("Postal code")
    address_locality = _text("Town")
    address_region = _text("Region")
    address_country = _text("Country")
    address_formatted = _lines("As on a letter")

    def claims_said(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """The claims as the form says them; of `before` what it does not ask."""
        said = {name: value for name, value in before.items() if name not in (*CLAIM_FIELDS, "address")}
        address: dict[str, str] = {}
        for name in CLAIM_FIELDS:
            value = self[name].value()
            text = str(value or "").strip().replace("\r\n", "\n")
            if name in SWITCHES:
                said |= {name: True} if value else {}
            elif text and name.startswith(OF_ADDRESS):
                address[name.removeprefix(OF_ADDRESS)] = text
            elif text:
                said[name] = text
        return {**said, **({"address": address} if address else {})}

    @property
    def claim_fields(self) -> list[BoundField]:
        return [self[name] for name in CLAIM_FIELDS if name in self.fields and not name.startswith(OF_ADDRESS)]

    @property
    def address_fields(self) -> list[BoundField]:
        return [self[name] for name in CLAIM_FIELDS if name in self.fields and name.startswith(OF_ADDRESS)]

    @property
    def claims_open(self) -> bool:
        """Whether the section is unfolded: something in it is to be corrected."""
        return any(name in self.errors for name in CLAIM_FIELDS)


CLAIM_FIELDS = tuple(ClaimsForm.base_fields)
SWITCHES = frozenset(name for name, field in ClaimsForm.base_fields.items() if isinstance(field, forms.BooleanField))


def claims_initial(claims: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields show for `claims`."""
    address = claims.get("address") or {}
    return {
        name: address.get(name.removeprefix(OF_ADDRESS), "")
        if name.startswith(OF_ADDRESS)
        else bool(claims.get(name))
        if name in SWITCHES
        else claims.get(name, "")
        for name in CLAIM_FIELDS
    }
