"""A row for each sign-in in a browser, beside Django's session. What has ended elsewhere is not shown, and goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

import audit
from accounts.models import BrowserSession, User
from accounts.my_account import Section
from accounts.sessions.devices import device_of
from audit.storable import storable_text

MOST = 50  # on the page
LASTS = timedelta(seconds=settings.SESSION_COOKIE_AGE)
BATCH = 1_000


@dataclass(frozen=True, kw_only=True)
class Line:
    """One browser. `number`: of its row; `key`: of its session, compared on the page and shown nowhere."""

    number: int
    key: str
    device: str
    address: str
    since: datetime


def connect() -> None:
    """Called once, when the app is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="sessions")


def _signed_in(request: HttpRequest | None = None, user: User | None = None, **_: Any) -> None:
    """Whoever proves themselves once more gets a new key for the same session: its row moves along."""
    if request is None or user is None or not hasattr(request, "session"):
        return
    if not request.session.session_key:
        request.session.create()
    BrowserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "address": storable_text(getattr(request, "client_address", ""), longest=64),
            "user_agent": storable_text(request.META.get("HTTP_USER_AGENT", ""), longest=300),
            "created": timezone.now(),
        },
    )


def section(user: User, now: datetime) -> Section:
    """Of My account."""
    return Section(template="accounts/sessions.html", values={"lines": lines(user, now=now)})


def lines(user: User, *, now: datetime) -> list[Line]:
    """Two statements. The page tells which of them it is looked at from."""
    return [
        Line(
            number=row.pk, key=row.session_key, device=device_of(row.user_agent), address=row.address, since=row.created
        )
        for row in _living(user, now=now)
    ]


def _living(user: User, *, now: datetime) -> list[BrowserSession]:
    rows = list(BrowserSession.objects.filter(user=user).order_by("-created", "-pk")[:MOST])
    known = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=now)
    keys = set(known.values_list("session_key", flat=True))
    return [row for row in rows if row.session_key in keys]


@transaction.atomic
def end(user: User, numbers: Iterable[int] | None, *, keep: str, by: audit.Actor, now: datetime) -> int:
    """End these of the user's own, None: all but the one with the key `keep`; returns how many."""
    rows = BrowserSession.objects.filter(user=user).exclude(session_key=keep)
    if numbers is not None:
        rows = rows.filter(pk__in=numbers)
    keys = list(rows.values_list("session_key", flat=True))
    ended: int = Session.objects.filter(session_key__in=keys).delete()[0]
    rows.delete()
    if ended:
        subject = audit.Subject("user", user.pk, user.username)
        audit.record("session.ended", actor=by, subject=subject, detail={"sessions": ended}, at=now)
    return ended


def purge(now: datetime) -> int:
    """Rows whose session has lapsed, and lapsed sessions themselves, a batch a time."""
    lapsed = Session.objects.filter(expire_date__lte=now).order_by("expire_date")
    Session.objects.filter(pk__in=list(lapsed.values_list("pk", flat=True)[:BATCH])).delete()
    old = (
        BrowserSession.objects.filter(created__lte=now - LASTS).order_by("pk").values_list("pk", "session_key")[:BATCH]
    )
    living = set(Session.objects.filter(session_key__in=[key for _, key in old]).values_list("session_key", flat=True))
    return BrowserSession.objects.filter(pk__in=[pk for pk, key in old if key not in living]).delete()[0]
