"""How often wrong codes may be typed (RFC 8628 §5.1), by one person and from one address.

Counted where sign-in's failures are, in the store that all workers share. With 34 bits and ten minutes of life, a code
is out of reach of ten guesses in five minutes.
"""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest

ACTION = "device_code"  # its limits stand in settings.ACCOUNT_RATE_LIMITS


def are_left(request: HttpRequest) -> bool:
    """Whether this person, at this address, may try (again)."""
    return bool(ratelimit.consume(request, action=ACTION, user=request.user, dry_run=True))


def count(request: HttpRequest) -> None:
    """One more that was wrong."""
    ratelimit.consume(request, action=ACTION, user=request.user)
