"""The resource owner's password (RFC 6749 §4.3): legacy, off unless the server and the client allow it (R20, R22).

RFC 9700 §2.4: it "MUST NOT be used" where anything else can be; it is here for what cannot be moved yet. The client is
authenticated before the password is looked at, and tries count where those of the sign-in page count.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts import password_checks
from accounts.models import User
from clients.rules import grant_types
from policies.resources import Reach
from tokens import families, form_request, standing
from tokens.errors import Settled
from tokens.exchange import Exchange
from tokens.issuance import UserGrant, user_tokens
from tokens.models import TokenFamily

WAIT = 300  # seconds, as the sign-in page's throttle by name


def find_user(exchange: Exchange) -> User:
    """Whose password it is. Raises Settled, since a try counts; an unknown name is answered like a wrong password."""
    username = form_request.required(exchange.form, "username")
    password = form_request.required(exchange.form, "password")
    try:
        user = password_checks.person_with(username=username, password=password, by=exchange.actor)
    except password_checks.Throttled as error:
        headers = {"Retry-After": str(WAIT)}
        raise Settled("slow_down", "Too many tries. Wait, then try again.", status=429, headers=headers) from error
    if user is None:
        raise Settled("invalid_grant", "User name and password do not match.")
    return user


def grant(exchange: Exchange, user: User) -> dict[str, Any]:
    """RFC 6749 §4.3.3. A family of its own, so that its tokens end together (R31). Raises hot_path.Stale."""
    with transaction.atomic():
        client = standing.current_client(caller=exchange.caller, now=exchange.now)
        family = TokenFamily.objects.create(
            application=client,
            user=user,
            grant_type=grant_types.PASSWORD,
            scope=" ".join(exchange.scopes),
            resource=" ".join(exchange.audiences),
            auth_time=exchange.now,
            client_epoch=client.token_epoch,
            user_epoch=user.token_epoch,
            created=exchange.now,
            expires=families.refreshing_ends(lifetime=exchange.policy.refresh_token_lifetime, now=exchange.now),
        )
        reach = Reach(scopes=exchange.scopes, audiences=exchange.audiences)
        granted = UserGrant(family=family, reach=reach, generation=0)
        return user_tokens(granted, client=exchange.caller.client, expires=exchange.expires, now=exchange.now)
