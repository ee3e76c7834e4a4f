"""What the list stands on, kept beside each client's facts: the text it is found by, and the linter's verdict.

Every change of a client brings both up to date in its own transaction. What changes by itself (a secret grows old, an
owner leaves, a rule is new) is caught up by a job that goes round all clients, a bounded piece at a time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from clients.linter import reading
from clients.linter.judging import Report
from clients.listing import searching
from clients.models import Client

BATCH = 200  # clients
LONGEST_RUN = 5.0  # seconds: other jobs wait meanwhile


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The linter's, as it is stored: per cent of the rules kept, and the severity of the worst finding or nothing."""

    score: int
    level: str


NOT_LINTED = Verdict(score=100, level="")  # the server's own clients (R61)


def verdict_of(report: Report) -> Verdict:
    """All rules kept is 100, and nothing else is."""
    applying = max(report.score.applying, 1)
    return Verdict(score=report.score.passed * 100 // applying, level=report.worst or "")


def bring_up_to_date(client: Client, now: datetime) -> None:
    """After a change of `client`, in its transaction."""
    _keep([client], now=now)


class Round:
    """Goes round all clients by number, and begins anew after the last: what a process has done is not remembered."""

    def __init__(self) -> None:
        self.last = 0

    def go_on(self, now: datetime, *, longest: float = LONGEST_RUN) -> int:
        """Judge clients until the time is over or all have been seen; returns how many were brought up to date."""
        changed, end = 0, time.monotonic() + longest
        while time.monotonic() < end:
            clients = list(_next(self.last))
            if not clients:
                self.last = 0
                break
            changed += _keep(clients, now=now)
            self.last = clients[-1].pk
        return changed


def _next(after: int) -> Iterable[Client]:
    clients: Iterable[Client] = (
        Client.objects.filter(deleted_at=None, pk__gt=after).select_related("owner").order_by("pk")[:BATCH]
    )
    return clients


@transaction.atomic
def _keep(clients: list[Client], *, now: datetime) -> int:
    """Store what differs, on the revision that was read: a change in between has kept its own."""
    reports, kept = reading.reports_on(clients, now=now), 0
    for client in clients:
        verdict = verdict_of(reports[client.pk]) if client.pk in reports else NOT_LINTED
        columns = {
            "search_text": searching.text_of(client),
            "linter_score": verdict.score,
            "linter_level": verdict.level,
        }
        if any(getattr(client, name) != value for name, value in columns.items()):
            kept += Client.objects.filter(pk=client.pk, revision=client.revision).update(**columns)
            for name, value in columns.items():
                setattr(client, name, value)
    return kept
