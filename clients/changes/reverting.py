"""Taking one change of a client back, as a new change: what it would do now, and doing it.

Only what the change itself did is taken back. A field that was changed again since is left alone unless the person
says otherwise. The new change goes through `clients.registration` like any edit, with all of its rules, and its event
names the one that it reverts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import audit
from accounts.models import User
from audit.models import Event
from clients import registration
from clients.changes.history import REVERTIBLE, events_of
from clients.changes.merging import both_entries
from clients.facts import DOCUMENT_KEYS, facts_of, facts_with, plain_facts
from clients.models import Client
from clients.registration import Edited
from clients.rules import giving
from clients.writing import demand_sound

ACTIVE = "active"
Way = Literal["keep", "before", "only"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One field of a change, in plain values. `made`: what the change made of it; `was`: what it had been before.

    `only`: of a value with several entries, what is left now when just this change's entries are taken back.
    `refused`: why this field cannot be taken back by this person.
    """

    key: str
    was: Any
    made: Any
    now: Any
    only: Any = None
    refused: str = ""

    @property
    def done(self) -> bool:
        """Whether it is as it was before already."""
        return bool(self.now == self.was)

    @property
    def changed_since(self) -> bool:
        return not self.done and bool(self.now != self.made)

    @property
    def ways(self) -> tuple[Way, ...]:
        """What can be chosen; where nothing changed since there is one way."""
        if self.done or self.refused:
            return ("keep",)
        if not self.changed_since:
            return ("before",)
        return ("keep", "before") if self.only is None else ("keep", "only", "before")

    def chosen(self, way: str) -> Way:
        """The way that was asked for, else the one that overwrites nobody."""
        return next((known for known in self.ways if known == way), self.ways[0])

    def value(self, way: Way) -> Any:
        return {"keep": self.now, "before": self.was, "only": self.only}[way]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What reverting one event comes to for the client as it is now."""

    event: Event
    steps: tuple[Step, ...]

    @property
    def possible(self) -> bool:
        """Whether there is anything left to take back."""
        return any(step.ways != ("keep",) for step in self.steps)


def revertible_event(client: Client, number: int) -> Event | None:
    """The event `number` of this client, where it is a change that can be taken back."""
    event = events_of(client).filter(pk=number, kind__in=REVERTIBLE).first()
    return event if event is not None and isinstance(event.changes, dict) else None


def plan(client: Client, event: Event, *, may_choose_owner: bool) -> Plan:
    """What there is to take back of `event`. Reads the owner."""
    current = {**plain_facts(facts_of(client)), ACTIVE: client.is_active}
    pairs = {key: pair for key, pair in event.changes.items() if isinstance(pair, list) and len(pair) == 2}
    steps = [_step(key, was, made, current) for key, (was, made) in pairs.items() if key in current]
    if not may_choose_owner:
        steps = [_keep_owner(step) for step in steps]
    return Plan(event=event, steps=tuple(steps))


def revert(
    *,
    client: Client,
    plan: Plan,
    choices: Mapping[str, str],
    by: audit.Actor,
    giver: User,
    now: datetime,
    revision: int | None = None,
) -> Edited:
    """Make the chosen values the client's, as far as they are `giver`'s to give (R36).

    Raises Unchangeable, Refused and ChangedMeanwhile, as an edit does.
    """
    changes = {step.key: step.value(step.chosen(choices.get(step.key, ""))) for step in plan.steps}
    detail = {"reverts": plan.event.pk}
    if ACTIVE in changes:
        active = [client.is_active, changes[ACTIVE]]
        registration.set_active(client=client, active=changes[ACTIVE], by=by, now=now, revision=revision, detail=detail)
        return Edited(client=client, changes={ACTIVE: active} if active[0] != active[1] else {})
    before = facts_of(client)
    facts = facts_with(before, {key: value for key, value in changes.items() if key in _FACTS})
    demand_sound([*giving.faults(facts, before=before, by=giver)])
    return registration.edit(client=client, facts=facts, by=by, now=now, revision=revision, detail=detail)


_FACTS = frozenset(DOCUMENT_KEYS.values())


def _step(key: str, was: Any, made: Any, current: Mapping[str, Any]) -> Step:
    now = current[key]
    only = both_entries(key, was=made, theirs=now, yours=was) if now not in (was, made) else None
    return Step(key=key, was=was, made=made, now=now, only=only)


def _keep_owner(step: Step) -> Step:
    """R59: naming another owner takes the permission itself, as in the form."""
    if step.key != "owner":
        return step
    refused = "Naming another owner takes the permission clients.edit."
    return Step(key=step.key, was=step.was, made=step.made, now=step.now, refused=refused)
