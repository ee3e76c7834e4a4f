"""What signing in and out leaves in the audit trail. Never a password; a name only as somebody typed it.

django-allauth and Django tell of it by signals, which `AppConfig.ready` connects to this room.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import authentication_step_completed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from django.utils import timezone

import audit
from accounts import authentication_time
from accounts.models import User
from audit.refusals import record_refusal

LONGEST_NAME = 255


def connect() -> None:
    """Called once, when the app is ready."""
    user_logged_in.connect(_succeeded, dispatch_uid="sign_in.succeeded")
    user_logged_out.connect(_signed_out, dispatch_uid="sign_out")
    user_login_failed.connect(_failed, dispatch_uid="sign_in.failed")
    authentication_step_completed.connect(_confirmed, dispatch_uid="sign_in.confirmed")


def actor_of(request: HttpRequest | None, user: User | None = None) -> audit.Actor:
    """`user`, or nobody yet, at the request's address."""
    return audit.Actor(
        name=user.username if user else "",
        id=user.pk if user else None,
        address=getattr(request, "client_address", ""),
        request_id=getattr(request, "request_id", ""),
    )


def throttled(request: HttpRequest, *, name: str) -> None:
    """Too many tries, for this name or from this address; the password was not looked at."""
    refused("sign_in.throttled", request, name=name)


def refused(kind: str, request: HttpRequest | None, *, name: str) -> None:
    """A try that was refused; its reference stays on the request, for the answer."""
    actor = actor_of(request)
    typed = name[:LONGEST_NAME]
    reference = record_refusal(
        kind=kind,
        key=(typed, actor.address),
        actor=actor,
        subject=audit.Subject("user", None, typed),
        detail={},
        now=timezone.now(),
    )
    if request is not None:
        request.refusal_reference = reference  # type: ignore[attr-defined]


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: object) -> None:
    refused("sign_in.failed", request, name=str(credentials.get("username", "")))


def _succeeded(request: HttpRequest, user: User, **_: object) -> None:
    _record("sign_in.succeeded", request, user)


def _confirmed(request: HttpRequest, user: User, reauthenticated: bool = False, **_: object) -> None:
    """Only the password given once more; a sign-in itself is told by `_succeeded`."""
    if reauthenticated:
        authentication_time.note(request)
        _record("sign_in.confirmed", request, user)


def _signed_out(request: HttpRequest, user: User | None, **_: object) -> None:
    if user is not None:
        _record("sign_out", request, user)


def _record(kind: str, request: HttpRequest, user: User) -> None:
    audit.record(kind, actor=actor_of(request, user), subject=audit.Subject("user", user.pk, user.username))
