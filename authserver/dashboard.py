"""The dashboard: what needs attention, a few figures, what happened last; only what the viewer may see."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import server_settings
from accounts.authorization import may
from accounts.models import User
from accounts.permissions import Permission
from audit.kinds import kind_of
from audit.models import ChainHead
from audit.presenting import line_of
from audit.searching import Search, find
from audit.statistics import refusals_since
from authserver import attention
from clients import access
from tokens import daily_counts
from tokens.usage import first_day, usage

PERIOD = timedelta(hours=24)
EVENTS_SHOWN = 8
BUSIEST_SHOWN = 5


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """A bounded number of statements; no token table is counted."""
    viewer, now = request.user, timezone.now()
    if not isinstance(viewer, User):
        raise TypeError("A page of the console needs a signed-in viewer.")
    context: dict[str, Any] = {
        "sees_clients": access.sees_some(viewer),
        "sees_audit": may(viewer, Permission.AUDIT_VIEW),
    }
    findings: list[attention.Finding] = []
    stats: list[tuple[str, int]] = []
    if context["sees_clients"]:
        figures, stored = attention.client_figures(viewer, now=now), server_settings.current()
        findings += attention.findings_about_clients(viewer, figures, stored, now=now)
        stats += figures.listed()
        context |= {"figures": figures, "may_register": may(viewer, Permission.CLIENTS_CREATE)}
    if access.sees_all(viewer) and may(viewer, Permission.TOKENS_VIEW):
        context |= _of_tokens(now=now)
    if context["sees_audit"]:
        refused = refusals_since(now - PERIOD)
        findings = [*attention.findings_about_refusals(refused), *findings]
        stats.append(("Refused in 24 hours", refused.total()))
        context |= _of_the_trail(refused, now=now)
    context |= {"findings": findings, "stats": [(label, f"{count:,}") for label, count in stats]}
    return render(request, "authserver/dashboard.html", context)


def _of_tokens(*, now: datetime) -> dict[str, Any]:
    """Thirty days of the whole server, and who asked most today (UTC); from rolled-up counts."""
    today = now.astimezone(UTC).date()
    shown = usage(daily_counts.of_server(first_day(today)), today=today)
    return {"usage": shown, "busiest": daily_counts.busiest(today, most=BUSIEST_SHOWN)}


def _of_the_trail(refused: Counter[str], *, now: datetime) -> dict[str, Any]:
    newest = find(Search(), now=now).events[:EVENTS_SHOWN]
    return {
        "refused_by_kind": [(kind_of(kind).title, f"{count:,}") for kind, count in refused.most_common(6)],
        "newest": [line_of(event) for event in newest],
        "sealed": ChainHead.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0,
        "database": "PostgreSQL" if connection.vendor == "postgresql" else "SQLite",
    }
