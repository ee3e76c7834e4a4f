"""When the person of a session proved who they are (OpenID Connect Core §2, `auth_time`): at sign-in, or once more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User

KEY = "signed_in_at"
FRESH = timedelta(minutes=10)  # for what asks for a sign-in of the last minutes


def connect() -> None:
    """Called once, when the app is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="authentication_time")


def note(request: HttpRequest, *, at: datetime | None = None) -> None:
    """The person has proved it just now, or at a moment that another provider tells."""
    now = timezone.now()
    request.session[KEY] = min(at or now, now).timestamp()


def signed_in_at(request: HttpRequest, user: User) -> datetime:
    """A session of before this was kept counts from the user's last sign-in, or from long ago."""
    kept = request.session.get(KEY)
    if isinstance(kept, float):
        return datetime.fromtimestamp(kept, tz=UTC)
    return user.last_login or user.created


def is_fresh(request: HttpRequest, user: User) -> bool:
    """Whether this session's sign-in is of the last minutes."""
    return signed_in_at(request, user) >= timezone.now() - FRESH


def _signed_in(request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None:
        arrived = getattr(request, "arrived", None)
        note(request, at=arrived.proved_at if arrived else None)
