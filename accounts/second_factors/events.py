"""What second factors leave in the audit trail; never a code. django-allauth tells of them by signals."""

from __future__ import annotations

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils import timezone

import audit
from accounts.models import User
from accounts.sign_in_events import actor_of, refused

WORDS = {"totp": "app", "webauthn": "passkey", "recovery_codes": "recovery codes"}
SEEN = "second_factor"  # of a session: its person has one


def connect() -> None:
    """Called once, when the app is ready."""
    signals.authenticator_added.connect(_added, dispatch_uid="second_factor.added")
    signals.authenticator_removed.connect(_removed, dispatch_uid="second_factor.removed")
    signals.authenticator_reset.connect(_reset, dispatch_uid="second_factor.reset")
    signals.authenticator_used.connect(_used, dispatch_uid="second_factor.used")
    signals.authentication_failed.connect(_failed, dispatch_uid="second_factor.failed")


def record(kind: str, user: User, authenticator: Authenticator, *, by: audit.Actor) -> None:
    """One event about somebody's factor."""
    detail = {"factor": WORDS[authenticator.type]}
    if authenticator.type == Authenticator.Type.WEBAUTHN:
        detail["name"] = str(authenticator)[:100]
    subject = audit.Subject("user", user.pk, user.username)
    audit.record(kind, actor=by, subject=subject, detail=detail, at=timezone.now())


def _added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    record("second_factor.added", user, authenticator, by=actor_of(request, user))


def _removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    request.session.pop(SEEN, None)
    record("second_factor.removed", user, authenticator, by=actor_of(request, user))


def _reset(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    record("second_factor.codes_made", user, authenticator, by=actor_of(request, user))


def _used(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """The sign-in itself is told elsewhere; a recovery code is worth an event of its own."""
    request.session[SEEN] = True
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record("second_factor.recovered", user, authenticator, by=actor_of(request, user))


def _failed(request: HttpRequest, user: User, **_: Any) -> None:
    refused("second_factor.failed", request, name=user.username)
