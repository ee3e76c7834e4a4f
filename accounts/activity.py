"""What somebody did lately, and what was done to them, read back from the audit trail."""

from __future__ import annotations

from accounts.models import User
from audit.models import Event
from audit.presenting import Line, line_of

SHOWN = 8


def recent(user: User) -> list[Line]:
    """The latest events by or about `user`; two statements, each by its index."""
    newest = Event.objects.order_by("-at", "-id")
    about = newest.filter(subject_kind="user", subject_id=user.pk)[:SHOWN]
    by = newest.filter(actor_id=user.pk)[:SHOWN]
    events = {event.pk: event for event in (*about, *by)}
    latest = sorted(events.values(), key=lambda event: (event.at, event.pk), reverse=True)
    return [line_of(event) for event in latest[:SHOWN]]
