"""What a client was at an earlier revision, rebuilt from the audit trail, and what happened since.

Every change of a client raises its revision by one and says the new one in its event. Undoing the changes since, the
newest first, gives the facts as they were; where one of these events is not there any more, nobody can say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audit.models import Event
from clients.changes.history import Entry, entry_of, events_of
from clients.facts import ClientFacts, facts_of, facts_with
from clients.models import Client

MOST = 200  # changes that are undone; whoever is later than that compares the two ends


@dataclass(frozen=True, kw_only=True)
class Since:
    """What happened to a client after a revision, newest first. `facts`: as they were then; None: nobody knows."""

    facts: ClientFacts | None
    entries: tuple[Entry, ...]

    @property
    def changed_by(self) -> dict[str, Entry]:
        """By document key, who changed it last."""
        return {change.key: entry for entry in reversed(self.entries) for change in entry.changes}


def since(client: Client, revision: int) -> Since:
    """One statement. Reads the owner."""
    events = list(_after(client, revision))
    passed = {event.detail["revision"] for event in events}
    if passed != set(range(revision + 1, client.revision + 1)):
        return Since(facts=None, entries=tuple(entry_of(event) for event in events))
    facts = facts_of(client)
    for event in events:
        facts = facts_with(facts, _olds(event.changes))
    return Since(facts=facts, entries=tuple(entry_of(event) for event in events))


def _after(client: Client, revision: int) -> Iterator[Event]:
    """The events of the changes since, newest first; those that change no row of the client have no revision."""
    for event in events_of(client)[:MOST]:
        raised_to = event.detail.get("revision") if isinstance(event.detail, Mapping) else None
        if not isinstance(raised_to, int):
            continue
        if raised_to <= revision:
            return
        yield event


def _olds(changes: Any) -> dict[str, Any]:
    pairs = changes.items() if isinstance(changes, Mapping) else ()
    return {key: pair[0] for key, pair in pairs if isinstance(pair, list) and len(pair) == 2}
