"""The forms of `/sign-in/`, as django-allauth uses them: its rules, our labels."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.forms import ReauthenticateForm as PasswordAgainForm


class SignInForm(LoginForm):
    """User name and password. The password is what has to be typed after a refusal, and where the name is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["login"].widget.attrs.update({"autocapitalize": "none", "spellcheck": "false"})
        self.fields["password" if self.is_bound or self.initial.get("login") else "login"].widget.attrs["autofocus"] = (
            True
        )


class ReauthenticateForm(PasswordAgainForm):
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["password"].widget.attrs["autofocus"] = True
