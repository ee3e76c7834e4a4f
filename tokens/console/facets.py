"""The list's views, facets and chips, from its address. Pure but for the names that its numbers stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from accounts.models import User
from clients.models import Client
from tokens.console.kinds import KINDS
from tokens.console.wanted import NEVER, REUSED, STATES, Wanted

VIEWS = (
    ("All", ()),
    ("Live", (("state", "live"),)),
    ("Refresh", (("kind", "refresh"),)),
    ("Never expires", (("expiry", NEVER),)),
    ("Reused", (("state", REUSED),)),
)
KIND_WORDS = {kind.value: kind.label for kind in KINDS}


@dataclass(frozen=True, kw_only=True)
class Choice:
    value: str
    label: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class Facet:
    """One button and what it opens: boxes to tick, or one to write into."""

    name: str
    label: str
    choices: tuple[Choice, ...] = ()
    box: str = ""
    hint: str = ""
    value: str = ""

    @property
    def on(self) -> list[str]:
        return [choice.label for choice in self.choices if choice.on] + ([self.value] if self.value else [])


@dataclass(frozen=True, kw_only=True)
class Chip:
    label: str
    value: str
    query: str


@dataclass(frozen=True, kw_only=True)
class Named:
    """Client and user of the filter, where they exist. `fixed`: the client is the page's, no filter."""

    client: Client | None = None
    user: User | None = None
    fixed: bool = False


def views(wanted: Wanted, *, named: Named) -> Iterator[tuple[str, str, bool]]:
    """Label, address and whether it is the present one; a chosen client stays chosen."""
    kept = [("client", str(wanted.client))] if wanted.client is not None and not named.fixed else []
    here = shown(wanted, named)
    for label, pairs in VIEWS:
        yield label, "&".join(f"{name}={value}" for name, value in (*pairs, *kept)), here == [*pairs, *kept]


def shown(wanted: Wanted, named: Named) -> list[tuple[str, str]]:
    """The address, without the client where it is the page's own."""
    return [pair for pair in wanted.pairs if not (named.fixed and pair[0] == "client")]


def facets(wanted: Wanted, *, named: Named) -> Iterator[Facet]:
    """In the page's order."""
    if not named.fixed:
        yield Facet(
            name="of",
            label="Client",
            box="Client id",
            hint="Its client id, or #number",
            value=named.client.client_id if named.client else "",
        )
    yield Facet(name="kind", label="Kind", choices=_choices(KIND_WORDS, wanted.kinds))
    states = (*wanted.states, *((REUSED,) if wanted.reused else ()))
    yield Facet(name="state", label="State", choices=_choices(STATES, states))
    yield Facet(name="by", label="User", box="User name", hint="Exact", value=named.user.username if named.user else "")
    yield Facet(name="scope", label="Scope", box="Scope", hint="One whole name", value=wanted.scope)
    never = Choice(value=NEVER, label="Never expires", on=wanted.never)
    yield Facet(name="expiry", label="Expiry", choices=(never,))


def _choices(words: dict[str, str], chosen: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(value=value, label=label, on=value in chosen) for value, label in words.items())


def chips(wanted: Wanted, *, named: Named) -> Iterator[Chip]:
    """Everything that narrows, each with the address without it."""
    for name, value in shown(wanted, named):
        label, words = _in_words(name, value, named)
        left = [pair for pair in shown(wanted, named) if pair != (name, value)]
        yield Chip(label=label, value=words, query=Wanted.written(left))


def _in_words(name: str, value: str, named: Named) -> tuple[str, str]:
    match name:
        case "kind":
            return "Kind", KIND_WORDS[value]
        case "state":
            return "State", STATES[value]
        case "client":
            return "Client", named.client.name if named.client else f"#{value}"
        case "user":
            return "User", named.user.username if named.user else f"#{value}"
        case "scope":
            return "Scope", value
        case _:
            return "Expiry", "never"
