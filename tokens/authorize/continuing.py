"""What the sign-in page must know of an authorization request that it interrupts (`accounts.continuing`)."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils import timezone

from accounts.continuing import Continuation
from tokens.authorize import asking, checks
from tokens.authorize.errors import Sent, Shown
from tokens.authorize.request import read
from tokens.redirects import form_action_source

LONGEST_HINT = 255


def continuation(address: str) -> Continuation | None:
    """For the address of an authorization request that may be answered at its redirect URI; None for any other."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or parts.path != asking.PATH or not parts.query.isascii():
        return None
    try:
        request = read(parts.query.encode("ascii"), now=timezone.now())
        checks.run(request)
    except (Shown, Sent):
        return None
    return Continuation(
        application=request.client.title,
        form_action=form_action_source(request.redirect_uri),
        asked_at=asking.mark_of(request),
        username=request.form.get("login_hint", "")[:LONGEST_HINT],
    )
