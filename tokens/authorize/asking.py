"""Whether a person must sign in (again) or be asked for consent before an authorization request is answered.

Signing in again is marked: the address to which people come back holds the signed time at which they were asked, so
that whoever has signed in since is asked no more, and a request without the mark is asked every time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.core import signing

from tokens.authorize.errors import Sent
from tokens.authorize.request import AGAIN, AuthorizationRequest

PATH = "/authorize"
LIFE = timedelta(hours=1)  # of a mark, and of a consent page
_marks = signing.Signer(salt="tokens.authorize.again")


def must_sign_in(request: AuthorizationRequest, *, signed_in_at: datetime | None) -> bool:
    """OpenID Connect Core §3.1.2.1. `signed_in_at` None: nobody is signed in."""
    if signed_in_at is None:
        return True
    asked_at = mark_of(request)
    if asked_at is not None and signed_in_at >= asked_at:
        return False
    if request.prompts & {"login", "select_account"}:
        return True
    return request.max_age is not None and request.now - signed_in_at > timedelta(seconds=request.max_age)


def is_somebody_else(request: AuthorizationRequest, *, sub: str) -> bool:
    """OpenID Connect Core §3.1.2.1: the client named by an ID token whom it takes the person for.

    Whoever has signed in since being asked, and still is another one, is not asked for ever: Raises Sent.
    """
    if request.hint is None or request.hint.sub == sub:
        return False
    if mark_of(request) is not None:
        raise Sent("login_required", "Another person is signed in than the one that id_token_hint is about.")
    return True


def refuse_silently(request: AuthorizationRequest, error: str) -> None:
    """§3.1.2.6: with prompt=none nobody is asked; the client hears what it would have taken."""
    if "none" in request.prompts:
        words = "sign in" if error == "login_required" else "be asked for consent"
        raise Sent(error, f"The user would have to {words}.", recorded=False)


def marked_address(request: AuthorizationRequest) -> str:
    """Where to come back to after signing in."""
    mark = _marks.sign(f"{request.now.timestamp():.6f} {request.digest}")
    return f"{PATH}?{request.query}&{urlencode({AGAIN: mark})}"


def mark_of(request: AuthorizationRequest) -> datetime | None:
    """When the person was asked to sign in for this very request; None without a mark that holds."""
    try:
        moment, _, digest = _marks.unsign(request.again).partition(" ")
    except signing.BadSignature:
        return None
    asked_at = datetime.fromtimestamp(float(moment), tz=UTC)
    return asked_at if digest == request.digest and request.now - asked_at < LIFE else None
