"""Walking the hash chain from its first event, to say whether anything in it was changed, removed or put in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Max, QuerySet, TextField
from django.db.models.functions import Cast

from audit.chain import FIRST, Content, content_hash
from audit.models import ChainHead, Event

BATCH = 2000
_json = lru_cache(maxsize=1024)(json.loads)  # many events say the same, or nothing; nobody changes what it gives


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The first place where the chain does not hold."""

    sequence: int
    how: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """`held` events from the first one on are as they were sealed, the last of them with `last_hash`.

    `unsealed` events are not in the chain yet. `broken` is None where everything holds.
    """

    held: int
    last_hash: str
    unsealed: int
    broken: Broken | None


def verify() -> Verification:
    """Read every sealed event once, in batches; safe while events are recorded and sealed."""
    head = ChainHead.objects.filter(pk=1).first() or ChainHead(sequence=0, hash=FIRST)
    held, last_hash, broken = _walk(head)
    return Verification(
        held=held,
        last_hash=last_hash,
        unsealed=Event.objects.filter(sequence=None).count(),
        broken=broken or _beyond_head(),
    )


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the walk, for a page that must not take long: events up to `held` of `sealed` hold, if it began well.

    `last_hash`: of the last event that holds. `broken`: where it does not.
    """

    held: int
    sealed: int
    last_hash: str
    broken: Broken | None

    @property
    def done(self) -> bool:
        return self.broken is not None or self.held >= self.sealed


def verify_part(*, after: int, most: int) -> Part:
    """At most `most` events behind the `after` first ones, which are taken as they stand."""
    head = ChainHead.objects.filter(pk=1).first() or ChainHead(sequence=0, hash=FIRST)
    before = Event.objects.filter(sequence=after).values_list("hash", flat=True).first() if after else FIRST
    if before is None or after >= head.sequence:
        after, before = 0, FIRST
    until = min(after + most, head.sequence)
    held, last_hash, broken = _walk(head, held=after, last_hash=before, until=until)
    if broken is None and held >= head.sequence:
        broken = _beyond_head()
    return Part(held=held, sealed=head.sequence, last_hash=last_hash, broken=broken)


def _walk(
    head: ChainHead, *, held: int = 0, last_hash: str = FIRST, until: int | None = None
) -> tuple[int, str, Broken | None]:
    """How many events hold, the last one's hash, and where it breaks up to `until`, by default up to `head`."""
    for event in _links(after=held, up_to=head.sequence if until is None else until):
        if broken := _fault(event, expected=held + 1, previous_hash=last_hash):
            return held, last_hash, broken
        held, last_hash = held + 1, event.hash
    if until is not None and held >= until < head.sequence:
        return held, last_hash, None
    if held < head.sequence:
        how = f"Event {held + 1} is missing: the newest events were removed, up to event {head.sequence}."
        return held, last_hash, Broken(sequence=held + 1, how=how)
    if last_hash != head.hash:
        how = f"Event {held} is not the one that was sealed there."
        return held, last_hash, Broken(sequence=held, how=how)
    return held, last_hash, None


class _Link(NamedTuple):
    """A sealed event. The walk reads millions: plain columns cost it half of what objects would."""

    sequence: int
    previous_hash: str
    hash: str
    content: Content


def _links(*, after: int, up_to: int) -> Iterator[_Link]:
    """Sealed events in the order of the chain; behind none, also those that stand before the first."""
    texts = {"changes_text": Cast("changes", TextField()), "detail_text": Cast("detail", TextField())}
    sealed = Event.objects.filter(sequence__lte=up_to).order_by("sequence").annotate(**texts)
    rows: QuerySet[Event, tuple[Any, ...]] = sealed.values_list(
        "sequence", "previous_hash", "hash", *Content._fields[:-2], *texts
    )
    batch = list(rows.filter(sequence__gt=after)[:BATCH] if after else rows[:BATCH])
    while batch:
        for sequence, previous_hash, digest, *plain, changes, detail in batch:
            yield _Link(sequence, previous_hash, digest, Content._make((*plain, _json(changes), _json(detail))))
        batch = list(rows.filter(sequence__gt=batch[-1][0])[:BATCH])


def _fault(event: _Link, *, expected: int, previous_hash: str) -> Broken | None:
    sequence, how = event.sequence, ""
    if sequence > expected:
        how = f"Event {expected} is missing: it was removed."
    elif sequence < expected:
        how = f"Event {sequence} was inserted: nothing was sealed there."
    elif content_hash(event.content, sequence=sequence, previous_hash=event.previous_hash) != event.hash:
        how = f"Event {sequence} was changed after it was sealed."
    elif event.previous_hash != previous_hash:
        how = f"Event {sequence} does not follow event {expected - 1}: one of the two was replaced or moved."
    return Broken(sequence=min(sequence, expected), how=how) if how else None


def _beyond_head() -> Broken | None:
    """Sealers move the head together with their events, so none can stand beyond a head that is read later."""
    last = Event.objects.aggregate(last=Max("sequence"))["last"] or 0
    head = ChainHead.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0
    if last <= head:
        return None
    return Broken(sequence=head + 1, how=f"Event {last} was inserted: the chain ends with event {head}.")
