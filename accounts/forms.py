"""Forms about people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts import usernames
from accounts.models import User


class OwnAccountForm(forms.Form):
    """An account that its person makes: a name, an address, and a password that Django's validators accept."""

    username = forms.CharField(
        label="Username",
        max_length=usernames.LONGEST,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label="E-mail",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        help_text="12 characters or more, and not a common one.",
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        fault = usernames.username_fault(username) or usernames.taken_fault(username)
        if fault:
            raise forms.ValidationError(fault)
        return username

    def clean(self) -> dict[str, Any] | None:
        """The password is compared with name and address, so it is looked at last."""
        password = self.cleaned_data.get("password")
        if password:
            person = User(username=self.cleaned_data.get("username", ""), email=self.cleaned_data.get("email", ""))
            try:
                validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return self.cleaned_data
