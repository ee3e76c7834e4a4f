"""Step-up: what reaches far asks for a sign-in of the last minutes, at `/sign-in/`, and then goes on where it was.

A page that asks before it does something is reached by GET first: there the viewer is sent to sign in. A post that
comes too late does nothing, says so, and its page is there again behind the sign-in.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from accounts.authentication_time import FRESH, is_fresh
from accounts.continuing import Continuation
from accounts.models import User

# Secrets shown or reset, protection lifted, roles and people's power changed, keys, second factors.
ASKED_AT = frozenset(
    {
        "client_reset_secret",
        "client_secret_retire",
        "client_protect",
        "people_new",
        "people_edit",
        "people_password",
        "people_second_factors",
        "people_delete",
        "group_new",
        "group_edit",
        "group_delete",
        "configuration",
        "configuration_plan",
        "upstream",
        "upstream_own",
        "key_rotate",
        "key_withdraw",
        "personal_token_new",
        "initial_token_new",
        "delivery_new",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "mfa_remove_webauthn",
        "mfa_generate_recovery_codes",
    }
)
LATE = "Nothing was done: your sign-in was too long ago. Look again, then confirm."


def continuation(address: str) -> Continuation | None:
    """For the address of a page that asks for it; None for any other (`accounts.continuing`)."""
    parts = urlsplit(address)
    try:
        name = resolve(parts.path).url_name if not parts.scheme and not parts.netloc else None
    except Resolver404:
        return None
    return Continuation(asked_at=timezone.now() - FRESH) if name in ASKED_AT else None


def sign_in_first(request: HttpRequest) -> HttpResponse | None:
    """Where a viewer is sent whose sign-in is too long ago; None: go on. Call it when the address is resolved."""
    match, user = request.resolver_match, request.user
    if match is None or match.url_name not in ASKED_AT or not isinstance(user, User) or is_fresh(request, user):
        return None
    if request.method not in ("GET", "HEAD"):
        messages.warning(request, LATE)
    leads_to = request.get_full_path()
    return redirect(f"{reverse('account_login')}?{urlencode({'next': leads_to})}")
