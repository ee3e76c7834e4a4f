"""The form of the brand."""

from __future__ import annotations

import json
import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils.datastructures import MultiValueDict

from accounts.branding import logo
from accounts.branding.logo import Logo
from accounts.models import ServerSettings
from accounts.widgets import Switch

KEYS = {
    "brand_name": "brandName",
    "brand_colour": "brandColour",
    "privacy_url": "privacyUrl",
    "support_url": "supportUrl",
}
_NO_URL = "An address begins with https:// or http://, and holds no spaces, quotes and angle brackets."
_URL = RegexValidator(r"\Ahttps?://[^\s\"'<>\\]+\Z", _NO_URL)


def _link(*, label: str, sentence: str) -> forms.CharField:
    field = forms.CharField(label=label, required=False, max_length=500, validators=[_URL], help_text=sentence)
    field.widget.attrs |= {"inputmode": "url", "placeholder": "https://"}
    return field


class BrandForm(forms.Form):
    """`seen`: what the brand was when the form was made, so that nobody's change is lost silently."""

    brand_name = forms.CharField(
        label="Name",
        required=False,
        max_length=60,
        help_text="What every page calls this server, and authenticator apps the account. Empty: authserver.",
    )
    brand_colour = forms.CharField(
        label="Colour",
        required=False,
        max_length=7,
        validators=[RegexValidator(re.compile(r"\A#[0-9a-fA-F]{6}\Z"), "A colour is written #rrggbb, as #1f6f8b.")],
        help_text="Its hue for buttons and links, written #rrggbb. Lightness stays: text keeps its contrast. "
        "Empty: the product's own.",
    )
    logo = forms.FileField(
        label="Logo",
        required=False,
        widget=forms.FileInput(attrs={"accept": ",".join(logo.TYPES)}),
        help_text="PNG, JPEG, WebP, or SVG without script; at most 32 KB. It is shown 28 pixels high, by day and by "
        "night.",
    )
    no_logo = forms.BooleanField(label="Remove the logo", required=False, widget=Switch)
    privacy_url = _link(label="Privacy", sentence="Where people read what you keep about them.")
    support_url = _link(label="Support", sentence="Where people find help. Both stand below sign-in and consent.")

    def __init__(
        self,
        data: MultiValueDict[str, Any] | None = None,
        files: MultiValueDict[str, UploadedFile[bytes]] | None = None,
        *,
        stored: ServerSettings,
    ) -> None:
        super().__init__(data, files, initial={name: getattr(stored, name) for name in KEYS})
        self.stored = stored
        self.seen = None if data is None else _read_seen(data.get("seen", ""))
        if not stored.logo_digest:
            del self.fields["no_logo"]

    @property
    def now(self) -> str:
        """What the hidden field `seen` says."""
        seen = {key: getattr(self.stored, name) for name, key in KEYS.items()} if self.seen is None else self.seen
        return json.dumps(seen, sort_keys=True)

    @property
    def values(self) -> dict[str, Any]:
        """What the viewer changed, by documents' keys. Call it on a valid form."""
        before = self.seen or {}
        said = {key: self.cleaned_data[name] for name, key in KEYS.items()}
        changed = {key: value for key, value in said.items() if value != before.get(key)}
        if self.cleaned_data["logo"]:
            return changed | {"brandLogo": self.cleaned_data["logo"].uri}
        return changed | ({"brandLogo": ""} if self.cleaned_data.get("no_logo") else {})

    def clean_brand_name(self) -> str:
        name: str = self.cleaned_data["brand_name"]
        if not name.isprintable():
            raise forms.ValidationError("A name has no control characters.")
        return name

    def clean_brand_colour(self) -> str:
        colour: str = self.cleaned_data["brand_colour"]
        return colour.lower()

    def clean_logo(self) -> Logo | None:
        file: UploadedFile[bytes] | None = self.cleaned_data["logo"]
        if not file:
            return None
        try:
            return logo.of_bytes(file.read(logo.LARGEST + 1))
        except logo.LogoRefused as refused:
            raise forms.ValidationError(str(refused)) from refused


def _read_seen(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
