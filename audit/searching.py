"""Finding events: by reference, text, actor, family of kinds and age; a page at a time, however long the trail is.

Everything comes from the page's address, so that a view can be shared. What cannot be read is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from audit.kinds import FAMILIES
from audit.models import Event
from audit.planning import planned_by_value
from audit.storable import storable_text
from audit.trigram_index import TrigramIndex

PER_PAGE = 50
LONGEST_SEARCH = 255
AGES = {"1": "last 24 hours", "7": "last 7 days", "30": "last 30 days"}
_REFERENCE = re.compile(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}", re.IGNORECASE)
_CURSOR = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = ("subject_name", "actor_name")
TRIGRAM = 3
INDEX = TrigramIndex(
    name="audit_event_by_name",
    table="audit_event",
    columns=frozenset(_NAMES),
    expressions=tuple(f"upper({name}::text)" for name in _NAMES),
)


@dataclass(frozen=True, kw_only=True)
class Search:
    """`actor`: a whole name. `families`: chosen values of FAMILIES. `days`: a key of AGES or empty.

    `before`: where the page begins.
    """

    words: str = ""
    actor: str = ""
    families: tuple[str, ...] = ()
    days: str = ""
    before: tuple[datetime, int] | None = None

    @property
    def narrowed(self) -> bool:
        return bool(self.words or self.actor or self.families or self.days)

    def address(self, *, before: str = "") -> str:
        """The query string of this view, from its first page or from `before`."""
        kinds = [("kind", value) for value in self.families]
        pairs = [("q", self.words), ("actor", self.actor), *kinds, ("days", self.days)]
        return "?" + urlencode([(name, value) for name, value in (*pairs, ("before", before)) if value])


@dataclass(frozen=True, kw_only=True)
class Page:
    """Events, newest first; `older`: the cursor of the next page, empty on the last one."""

    events: tuple[Event, ...]
    older: str


def read(parameters: Mapping[str, list[str]]) -> Search:
    """The search that an address asks for."""
    known = {family.value for family in FAMILIES}
    days = _last(parameters, "days")
    return Search(
        words=storable_text(_last(parameters, "q"), longest=LONGEST_SEARCH).strip(),
        actor=storable_text(_last(parameters, "actor"), longest=LONGEST_SEARCH).strip(),
        families=tuple(dict.fromkeys(value for value in parameters.get("kind", []) if value in known)),
        days=days if days in AGES else "",
        before=place(_last(parameters, "before")),
    )


def _last(parameters: Mapping[str, list[str]], name: str) -> str:
    return next(reversed(parameters.get(name, [])), "")


def find(search: Search, *, now: datetime) -> Page:
    """One page. Its start is a place in the order, not a number: pages do not shift while events arrive."""
    found = newest(narrowed(search, now=now), before=search.before, most=PER_PAGE + 1)
    shown = tuple(found[:PER_PAGE])
    return Page(events=shown, older=cursor(shown[-1]) if len(found) > PER_PAGE else "")


def newest(events: QuerySet[Event], *, before: tuple[datetime, int] | None, most: int) -> list[Event]:
    """At most so many of `events`, newest first, from their start or from behind a place in their order."""
    if before is not None:
        at, pk = before
        events = events.filter(Q(at__lt=at) | Q(pk__lt=pk), at__lte=at)  # the second begins where the index does
    with planned_by_value():
        return list(events.order_by("-at", "-pk")[:most])


def narrowed(search: Search, *, now: datetime) -> QuerySet[Event]:
    """Every event that the search asks for, in no order yet."""
    events = Event.objects.all()
    if _REFERENCE.fullmatch(search.words):
        events = events.filter(reference=search.words.upper())
    elif search.words:
        events = events.filter(_mentions(search.words))
    if search.actor:
        events = events.filter(actor_name=search.actor)
    if search.families:
        chosen = [kind for family in FAMILIES if family.value in search.families for kind in family.kinds]
        events = events.filter(kind__in=chosen)
    return events.filter(at__gte=now - timedelta(days=int(search.days))) if search.days else events


def _mentions(words: str) -> Q:
    """One or two Latin letters make no trigram, and would stand in nearly every event: they must begin a word."""
    short = len(words) < TRIGRAM and words.isascii()
    mentions = Q(address=words) | Q(request_id=words) | Q(kind=words)
    for name in _NAMES:
        if short:
            mentions |= Q((f"{name}__istartswith", words)) | Q((f"{name}__icontains", f" {words}"))
        else:
            mentions |= Q((f"{name}__icontains", words))
    return mentions


def cursor(event: Event) -> str:
    """The place of `event` in the order, for an address: microseconds since 1970, and its number."""
    return f"{(event.at - _EPOCH) // timedelta(microseconds=1)}.{event.pk}"


def place(text: str) -> tuple[datetime, int] | None:
    """The place that a cursor names; None for what is no cursor."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
    except OverflowError:
        return None
