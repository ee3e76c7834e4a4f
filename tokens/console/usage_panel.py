"""What a client's overview shows of its use: tokens issued a day, and requests refused."""

from __future__ import annotations

from datetime import UTC, datetime

from accounts.models import User
from accounts.owning import Panel
from clients.models import Client
from tokens import daily_counts
from tokens.console import reach
from tokens.usage import first_day, usage


def panel(viewer: User, client: Client, *, now: datetime) -> Panel:
    """For everybody who sees the client; who may see its tokens is led on to them."""
    today = now.astimezone(UTC).date()
    shown = usage(daily_counts.since(client, first_day(today)), today=today)
    context = {"usage": shown, "client": client, "may_see_tokens": reach.may_see(viewer, client)}
    return Panel(template="tokens/usage_panel.html", context=context)
