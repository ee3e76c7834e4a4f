"""Where django-allauth asks this server: which address a request comes from, and where sign-in leads."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import sign_in_events


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

    def add_message(self, *_: Any, **__: Any) -> None:
        """allauth's own messages stay out: the page that follows says what is to be said."""

    def is_safe_url(self, url: str) -> bool:
        """Only paths of this server: no other host, however it is written (`//host`, `\\\\host`, `https:host`)."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """allauth's throttling by name and address, with its event."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            sign_in_events.throttled(request, name=str(credentials.get("username", "")))
            raise
