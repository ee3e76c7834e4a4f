"""Whether somebody still needs the client and answers for it. Pure."""

from __future__ import annotations

from datetime import timedelta

from clients.linter.findings import Concern
from clients.linter.linted import Linted
from clients.wording import counted

IDLE = timedelta(days=90)


def unused(client: Linted) -> Concern | None:
    """An unused client is one whose misuse nobody notices. A new one has as long to be used first."""
    idle = client.since(client.last_used_at or client.created)
    if idle <= IDLE:
        return None
    days = counted(idle.days, "day")
    return Concern(
        title=f"Unused for {days}" if client.last_used_at else f"Never used in {days}",
        explanation="Ask its owner whether it is still needed, and deactivate or delete it if not.",
    )


def owner_gone(client: Linted) -> Concern | None:
    """R7: the owner is responsible for the client and is its contact."""
    if client.owner_active:
        return None
    return Concern(
        title="Its owner is not active",
        explanation="Nobody answers for it any more. Hand it over to somebody who does.",
    )


def undescribed(client: Linted) -> Concern | None:
    """R4 lets it be empty; whoever finds the client in two years will wish it were not."""
    if client.facts.description.strip():
        return None
    return Concern(
        title="It has no description", explanation="Say what it is for and who to ask, for whoever looks after it next."
    )
