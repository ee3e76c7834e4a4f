"""A person's password looked at outside the sign-in page (R22): by the same rules, throttled and recorded the same.

Nobody is signed in by it: no session begins, and the person's last sign-in stays.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

import audit
from accounts.models import User
from accounts.second_factors import keeping


class Throttled(Exception):
    """Too many tries for this name or from this address; the password was not looked at."""


def person_with(*, username: str, password: str, by: audit.Actor) -> User | None:
    """The active person of this name and password, or None; who is unknown costs the same. Raises Throttled.

    None, too, for whoever signs in with a second factor: a password alone is not them.

    `by`: its address is the one that tries are counted for.
    """
    try:
        found = get_adapter().authenticate(_asked_by(by), username=username, password=password)
    except ValidationError as error:
        raise Throttled from error
    return found if isinstance(found, User) and not keeping.has_one(found) else None


def _asked_by(by: audit.Actor) -> HttpRequest:
    """What sign-in reads of a request. The host is part of the throttle's key: the sign-in page's own."""
    request = HttpRequest()
    request.method = "POST"
    request.META["HTTP_HOST"] = urlsplit(settings.AUTHSERVER.issuer).netloc
    request.client_address = by.address  # type: ignore[attr-defined]
    request.request_id = by.request_id  # type: ignore[attr-defined]
    return request
