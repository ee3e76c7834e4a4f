"""The whole of what happened to one client, a page at a time (R10): read back from the audit trail by its index.

Everything comes from the page's address, so that a view can be shared; what cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q

from audit.searching import cursor, place
from clients.changes.history import KINDS, Entry, entry_of, events_of
from clients.models import Client

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Family:
    """Kinds that one choice of the page's facet stands for."""

    value: str
    label: str
    kinds: tuple[str, ...]


FACTS = tuple(kind for kind in KINDS if kind.startswith(("client.registered", "client.changed")))
CREDENTIALS = tuple(kind for kind in KINDS if "secret" in kind)
LINTER = tuple(kind for kind in KINDS if "finding" in kind)
STATE = tuple(kind for kind in KINDS if kind not in (*FACTS, *CREDENTIALS, *LINTER))
FAMILIES = (
    Family(value="facts", label="Facts", kinds=FACTS),
    Family(value="credentials", label="Credentials", kinds=CREDENTIALS),
    Family(value="linter", label="Linter", kinds=LINTER),
    Family(value="state", label="State", kinds=STATE),
)


@dataclass(frozen=True, kw_only=True)
class View:
    """`families`: chosen values of FAMILIES; none: all. `before`: the place in the order where the page begins."""

    families: tuple[str, ...] = ()
    before: tuple[datetime, int] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        if not self.families:
            return tuple(KINDS)
        return tuple(kind for family in FAMILIES if family.value in self.families for kind in family.kinds)

    def address(self, *, before: str = "") -> str:
        """The query string of this view, from its first page or from `before`."""
        pairs = [*(("kind", value) for value in self.families), ("before", before)]
        return "?" + urlencode([(name, value) for name, value in pairs if value])


@dataclass(frozen=True, kw_only=True)
class Page:
    """Entries, newest first; `older`: the cursor of the next page, empty on the last one."""

    entries: tuple[Entry, ...]
    older: str


def read(parameters: Mapping[str, list[str]]) -> View:
    """The view that an address asks for."""
    known = {family.value for family in FAMILIES}
    chosen = dict.fromkeys(value for value in parameters.get("kind", []) if value in known)
    return View(families=tuple(chosen), before=place((parameters.get("before") or [""])[-1]))


def find(client: Client, view: View) -> Page:
    """One page, in one statement."""
    events = events_of(client).filter(kind__in=view.kinds)
    if view.before is not None:
        at, pk = view.before
        events = events.filter(Q(at__lt=at) | Q(pk__lt=pk), at__lte=at)
    found = list(events[: PER_PAGE + 1])
    entries = tuple(entry_of(event) for event in found[:PER_PAGE])
    return Page(entries=entries, older=cursor(found[PER_PAGE - 1]) if len(found) > PER_PAGE else "")
