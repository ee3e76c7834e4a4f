"""What the consent page says (R64), and what its form may answer. Plain values, and a ticket that binds the two.

The ticket says which request and which scopes a person saw: a form that comes back for any other is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core import signing

from accounts.models import User
from clients.rules.redirect_uris import host_of, is_loopback_literal
from tokens.authorize.asking import LIFE
from tokens.authorize.errors import Shown
from tokens.authorize.request import AuthorizationRequest
from tokens.consent_words import AskedScope, asked_scopes, choices_among, lifetime

_SALT = "tokens.authorize.consent"


@dataclass(frozen=True, kw_only=True)
class ConsentPage:
    """What is asked. `return_to`: where the person goes afterwards; `lifetime`: how long it holds, in words."""

    client: str
    owner: str
    description: str
    return_to: str
    scopes: tuple[AskedScope, ...]
    lifetime: str
    ticket: str


class Outdated(Exception):
    """The form is of another session or too old: ask again."""


def page_for(request: AuthorizationRequest, user: User) -> ConsentPage:
    """What to ask `user`. One statement, for the scopes' words."""
    client = request.client
    return ConsentPage(
        client=client.title,
        owner=client.owner.display_name if client.owner else "",
        description=client.description,
        return_to=_place(request.redirect_uri),
        scopes=asked_scopes(request.reach.scopes, request.policy.catalogue),
        lifetime=lifetime(client, request.policy),
        ticket=_ticket(request, user),
    )


def granted(request: AuthorizationRequest, user: User, *, ticket: str, ticked: Collection[str]) -> tuple[str, ...]:
    """What the person allowed: all that was no choice, and the choices that they ticked; maybe nothing.

    Raises Outdated, and Shown where the form has been tampered with.
    """
    check_ticket(request, user, ticket)
    choices = choices_among(request.reach.scopes, request.policy.catalogue)
    if not set(ticked) <= choices:
        raise tampered(request)
    return tuple(name for name in request.reach.scopes if name not in choices or name in ticked)


def check_ticket(request: AuthorizationRequest, user: User, ticket: str) -> None:
    """Raises Outdated and Shown."""
    try:
        said = signing.loads(ticket, salt=_SALT, max_age=LIFE)
    except signing.SignatureExpired as error:
        raise Outdated from error
    except signing.BadSignature as error:
        raise tampered(request) from error
    if said["request"] != _seen(request):
        raise tampered(request)
    if said["user"] != user.pk:
        raise Outdated


def _ticket(request: AuthorizationRequest, user: User) -> str:
    return signing.dumps({"request": _seen(request), "user": user.pk}, salt=_SALT)


def _seen(request: AuthorizationRequest) -> str:
    """The request and what it came to: a catalogue that changed meanwhile makes it another question."""
    text = f"{request.digest} {' '.join(request.reach.scopes)} {request.redirect_uri}"
    return hashlib.sha256(text.encode()).hexdigest()


def tampered(request: AuthorizationRequest) -> Shown:
    """What came back was not what had been asked."""
    return Shown(
        "the form does not fit the request",
        "What was sent is not what this page had asked. Nothing was allowed.",
        client=request.client.title,
    )


def _place(redirect_uri: str) -> str:
    """Where the person returns to, as people read it."""
    parts = urlsplit(redirect_uri)
    if parts.scheme not in ("http", "https"):
        return f"the app {parts.scheme}"
    host = host_of(redirect_uri)
    return "an app on this device" if host == "localhost" or is_loopback_literal(host) else parts.netloc
