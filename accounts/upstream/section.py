"""The person's connection with the other provider, on My account."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.my_account import Section
from accounts.upstream import arriving
from accounts.upstream.protocol import current


def section(user: User, _: datetime) -> Section | None:
    """None where there is no provider."""
    upstream = current()
    if upstream is None:
        return None
    values = {"upstream": upstream, "connection": arriving.of(user, upstream)}
    return Section(template="upstream/section.html", values=values)
