"""Where django-allauth's second factors ask this server: secrets are sealed, and names are ours."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from accounts.branding import brand
from accounts.key_derivation import derived_keys
from accounts.models import User


class Unreadable(ValueError):
    """No secret of this process opens what was sealed; a code can then not be right."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """Seeds lie in the database encrypted with a key that only AUTHSERVER_SECRET_KEY gives."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That code is not right. Codes change every 30 seconds; take the newest.",
        "cannot_generate_recovery_codes": "Set up an app or a passkey first.",
    }

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise Unreadable from error

    def _get_site_name(self) -> str:
        return brand.current().name

    def _get_user_identifier(self, user: User) -> str:
        return user.username

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return "Passkey" if count == 0 else f"Passkey {count + 1}"


def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived_keys("second factors")])
