"""What people are told of a client's scopes beside what is allowed: use, the narrower scope that would do, and what a
watched one would have refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from clients.linter.findings import Finding
from clients.linter.reading import is_linted, report_on
from clients.models import Client
from policies import seen_networks, use
from policies.models import SeenNetwork
from policies.use import LATELY, ScopeUse

RULE = "unused-scopes"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """From where came what a watched scope would have refused."""

    shown: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`suggestion`: the linter's finding, whose fix narrows; None where the scope is as narrow as its use."""

    used: tuple[ScopeUse, ...]
    suggestion: Finding | None
    callers: tuple[Caller, ...]

    @property
    def narrower(self) -> str:
        """The allowed scope that would do, or nothing."""
        fix = self.suggestion.fix if self.suggestion else None
        return fix.after.allowed_scope if fix else ""

    @property
    def would_refuse(self) -> int:
        return sum(caller.count for caller in self.callers)

    @property
    def granted(self) -> int:
        """How many tokens held any of its scopes at most: the most granted scope's number."""
        return max((one.granted for one in self.used), default=0)


def standing_of(client: Client, *, now: datetime) -> Standing:
    """A bounded number of statements beside the client that was read."""
    since = (now - LATELY).astimezone(UTC).date()
    found = report_on(client, now=now).findings if is_linted(client) else ()
    return Standing(
        used=tuple(use.scopes_of(client, since=since)),
        suggestion=next((finding for finding in found if finding.rule == RULE), None),
        callers=_callers(client, now=now) if client.watched_scope else (),
    )


def _callers(client: Client, *, now: datetime) -> tuple[Caller, ...]:
    mark = seen_networks.mark_of(client.watched_scope)
    rows = SeenNetwork.objects.filter(client=client, last_seen__gte=now - LATELY, scope_mark=mark)
    held = rows.filter(watched_scopes__gt=0).order_by("-watched_scopes", "network")
    return tuple(Caller(shown=row.network.removesuffix("/32"), count=row.watched_scopes) for row in held)
