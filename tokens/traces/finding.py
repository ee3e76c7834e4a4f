"""Finding what was refused by its reference id: the trace, or where there is none the event, for whoever may see it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from accounts.authorization import may
from accounts.models import User
from accounts.permissions import Permission
from audit.models import Event, RefusalWindow
from audit.refusal_windows import REPEATED
from clients import access
from clients.models import Client
from tokens.models import Trace

LONGEST = 40  # of what somebody pasted
_REFERENCE = re.compile(r"R-?([0-9A-Z]{4})-?([0-9A-Z]{4})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One of `trace` and `event` at least. `client`: where it is there and the viewer sees it. `more`: the same refusal
    came again so often, within its minute.
    """

    reference: str
    trace: Trace | None
    event: Event | None
    client: Client | None
    more: int


def normal(text: str) -> str:
    """A pasted reference as it is written here, or nothing."""
    found = _REFERENCE.fullmatch(text.strip()[:LONGEST])
    return f"R-{found[1]}-{found[2]}".upper() if found else ""


def find(reference: str, *, viewer: User) -> Found | None:
    """R59: whoever sees the client sees its refusals; of all others, who reads the audit trail."""
    trace = Trace.objects.filter(reference=reference).first()
    client = _client(trace, viewer) if trace else None
    reads_all = may(viewer, Permission.AUDIT_VIEW)
    if not reads_all and client is None:
        return None
    events = Event.objects.filter(reference=reference)
    event = events.exclude(kind=REPEATED).order_by("at").first() if reads_all else None
    if trace is None and event is None:
        return None
    return Found(reference=reference, trace=trace, event=event, client=client, more=_more(reference))


def _client(trace: Trace, viewer: User) -> Client | None:
    if trace.client_number is None:
        return None
    found: Client | None = access.visible_to(viewer).filter(pk=trace.client_number).first()
    return found


def _more(reference: str) -> int:
    told = Event.objects.filter(reference=reference, kind=REPEATED).values_list("detail", flat=True)
    open_now = RefusalWindow.objects.filter(reference=reference).values_list("repeats", flat=True)
    return sum(int(detail.get("repeats", 0)) for detail in told) + sum(open_now)
