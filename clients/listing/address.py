"""The list's address (R51): every view of it is one, so that it can be kept, shared and acted on. Pure.

`Address.read` takes whatever a browser sends and keeps what has a meaning, in one normal form: unknown names, values
and orders fall away, and what is written twice counts once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode

from clients.rules import grant_types
from clients.rules.text import forbidden_characters

SIZES = (50, 100, 200)  # clients a page
LONGEST_TEXT = 255
MOST_VALUES = 10  # of a name whose values are free
LONGEST_QUERY = 2000
NEWEST_FIRST = "-number"
ORDERS = ("number", "name", "client_id", "client_type", "owner", "last_used", "status")

# The choices of each facet: its values with their words.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "type": {"confidential": "Confidential", "public": "Public"},
    "grant": {grant.value: grant.label for grant in grant_types.GRANT_TYPES},
    "status": {"active": "Active", "inactive": "Inactive", "protected": "Protected"},
    "secret": {"ok": "In order", "expiring": "Ends within 30 days", "expired": "Expired", "none": "None"},
    "risk": {"danger": "Serious", "warn": "Warning", "info": "Hint", "none": "Nothing found"},
    "protected": {"yes": "Protected"},
    "lifetime": {"never": "Tokens never expire"},
    "use": {"stale": "Unused for 90 days"},
}
FREE = ("owner", "namespace")
ME = "me"


@dataclass(frozen=True, kw_only=True)
class Address:
    """What the list shows. `chosen`: the values of each facet that narrow it, none empty."""

    search: str = ""
    chosen: Mapping[str, tuple[str, ...]]
    sort: str = NEWEST_FIRST
    size: int = SIZES[0]
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, Sequence[str]]) -> Address:
        """From the values of a query by name."""
        listed = {name: _known(query.get(name, ()), choices) for name, choices in CHOICES.items()}
        free = {name: _free(query.get(name, ())) for name in FREE}
        search, sort, size, page = (_last(query, name) for name in ("q", "sort", "per", "page"))
        return cls(
            search=search.strip()[:LONGEST_TEXT],
            chosen={name: values for name, values in (listed | free).items() if values},
            sort=sort if sort.removeprefix("-") in ORDERS else NEWEST_FIRST,
            size=int(size) if size in {str(known) for known in SIZES} else SIZES[0],
            page=max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 10 else 1,
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.search or self.chosen)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Its parts as they stand in a URL, without the page: nothing that is the usual."""
        pairs = [("q", self.search)] if self.search else []
        pairs += [(name, value) for name, values in self.chosen.items() for value in values]
        pairs += [("sort", self.sort)] if self.sort != NEWEST_FIRST else []
        return pairs + ([("per", str(self.size))] if self.size != SIZES[0] else [])

    @property
    def query(self) -> str:
        """The text after the `?`."""
        return urlencode(self.pairs)

    @property
    def view(self) -> str:
        """What makes two addresses the same view: all but the size of a page."""
        return replace(self, size=SIZES[0]).query

    def without(self, name: str, value: str = "") -> Address:
        """The same, less one value of a facet, or the search (`q`)."""
        if name == "q":
            return replace(self, search="")
        rest = {n: tuple(v for v in values if (n, v) != (name, value)) for n, values in self.chosen.items()}
        return replace(self, chosen={n: values for n, values in rest.items() if values})

    def sorted_by(self, sort: str) -> Address:
        """The same in another order."""
        return replace(self, sort=sort)

    def sized(self, size: int) -> Address:
        """The same, so many a page."""
        return replace(self, size=size)

    def cleared(self) -> Address:
        """The same order and size, with nothing left out."""
        return replace(self, search="", chosen={})


def parse(text: str) -> Address:
    """From the text after a `?`; what has no meaning falls away."""
    return Address.read(parse_qs(text[:LONGEST_QUERY], separator="&"))


def _last(query: Mapping[str, Sequence[str]], name: str) -> str:
    values = query.get(name)
    return values[-1] if values else ""


def _known(values: Sequence[str], choices: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(value for value in choices if value in values)


def _free(values: Sequence[str]) -> tuple[str, ...]:
    kept = (value.strip() for value in values)
    sound = (value for value in kept if value and len(value) <= LONGEST_TEXT and not forbidden_characters(value))
    return tuple(sorted(set(sound)))[:MOST_VALUES]
