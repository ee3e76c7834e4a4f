"""The forms of second factors as django-allauth uses them: its rules, our labels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, LoginWebAuthnForm
from cryptography.exceptions import InvalidSignature
from django import forms

CODE = {"class": "mono", "inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}
LONGEST_NAME = 100


def _code(field: Any) -> None:
    field.label = "Code"
    field.max_length = 40
    field.error_messages["required"] = "Type the code."
    field.widget.attrs = {**CODE, "autofocus": True}


class CodeForm(AuthenticateForm):
    """A code of the app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self.fields["code"])

    def clean_code(self) -> str:
        """Spaces are how apps show it. What is sealed with a lost key opens no more, and is no code."""
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split())
        return str(super().clean_code())


class AddAppForm(ActivateTOTPForm):
    """The first code of a new app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self.fields["code"])

    def clean_code(self) -> str:
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split())
        return str(super().clean_code())


class AddPasskeyForm(AddWebAuthnForm):
    """Its name; the credential comes from the browser. A passkey here always signs in without the password, too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        name.label, name.max_length = "Name", LONGEST_NAME
        name.widget.attrs["class"] = "input"
        del self.fields["passwordless"]

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["passwordless"] = True
        with _as_words():
            cleaned: dict[str, Any] = super().clean()
        return cleaned


class PasskeyForm(AuthenticateWebAuthnForm):
    """Behind the password."""

    def clean_credential(self) -> Authenticator:
        with _as_words():
            return super().clean_credential()


class PasskeyAloneForm(LoginWebAuthnForm):
    """In place of a password."""

    def clean_credential(self) -> Authenticator:
        with _as_words():
            return super().clean_credential()


@contextmanager
def _as_words() -> Iterator[None]:
    """A body that is no credential at all trips the libraries; it is refused, and is no fault of ours."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature) as error:
        raise forms.ValidationError("That was no passkey of this page. Try again.") from error
