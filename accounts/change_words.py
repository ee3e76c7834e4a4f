"""A person's facts and claims in words, for pages. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_VALUE = 200  # characters of a value beside another; the form has all of it
FIELDS = {
    "email": "E-mail",
    "givenName": "Given name",
    "familyName": "Family name",
    "claims": "Claims",
    "isActive": "Active",
    "isSuperuser": "Super-administrator",
    "groups": "Groups",
    "permissions": "Permissions",
    "allowedScope": "Allowed scope",
    "name": "Name",
    "description": "Description",
}
CLAIMS = {
    "name": "Full name",
    "middle_name": "Middle name",
    "nickname": "Nickname",
    "preferred_username": "Preferred user name",
    "gender": "Gender",
    "birthdate": "Birth date",
    "locale": "Language",
    "zoneinfo": "Time zone",
    "phone_number": "Telephone",
    "picture": "Picture",
    "profile": "Profile page",
    "website": "Website",
    "email_verified": "E-mail is verified",
    "phone_number_verified": "Telephone is verified",
    "address": "Address",
    "updated_at": "Updated at",
}
ADDRESS_ORDER = ("street_address", "postal_code", "locality", "region", "country")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One fact, as two people want it."""

    field: str
    yours: str
    theirs: str


def claims_in_words(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of each claim, in the order in which people read them."""
    return [(label, _claim(claims[name])) for name, label in CLAIMS.items() if name in claims]


def _claim(value: Any) -> str:
    if isinstance(value, Mapping):
        parts = [value[part] for part in ADDRESS_ORDER if value.get(part)]
        return ", ".join(parts) or str(value.get("formatted", ""))
    return shown(value)


def differences_in_words(differences: Mapping[str, list[Any]]) -> list[Difference]:
    """Differences between facts (`{document key: [yours, theirs]}`)."""
    return [
        Difference(field=FIELDS.get(key, key), yours=shown(yours), theirs=shown(theirs))
        for key, (yours, theirs) in differences.items()
    ]


def shown(value: Any) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):  # claims: their values are concealed
        value = ", ".join(CLAIMS.get(str(name), str(name)) for name in value)
    if isinstance(value, list | tuple):
        value = ", ".join(str(item) for item in value)
    text = "nothing" if value in ("", None) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
