"""Where django-allauth asks this server: which address a request comes from, and where sign-in leads."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Self-registration is off; addresses come from the one room that reads forwarding headers."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "That username and password do not match.",
        "incorrect_password": "That is not your password.",
        "too_many_login_attempts": "Too many tries. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address as the middleware decided it (never a header that anybody can write)."""
        address: Any = getattr(request, "client_address", "")
        return str(address)
