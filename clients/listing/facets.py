"""The list's facets as its page draws them: choices with their numbers, and a chip for everything that narrows now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clients.listing import address
from clients.listing.address import Address
from clients.listing.counting import Counts


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value; `on`: it narrows the list now. `count` None: not counted."""

    name: str
    value: str
    label: str
    on: bool
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Box:
    """A value that is typed in, with suggestions."""

    name: str
    label: str
    value: str
    suggestions: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Facet:
    """One button of the bar and what it opens."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    box: Box | None = None

    @property
    def on(self) -> list[str]:
        """The labels of what is on."""
        typed = [self.box.value] if self.box and self.box.value else []
        return [choice.label for choice in self.choices if choice.on] + typed


@dataclass(frozen=True, kw_only=True)
class Chip:
    """Something that narrows the list, and the address without it."""

    label: str
    value: str
    query: str


@dataclass(frozen=True, kw_only=True)
class People:
    """Whom the owner facet suggests; `all_owners` False: the viewer sees only the own, so that there is no facet."""

    all_owners: bool
    suggested: Sequence[str] = ()


LABELS = {"type": "Type", "grant": "Grant", "status": "Status", "secret": "Secret", "risk": "Risk", "more": "More"}
ONLY = ("protected", "lifetime", "use")  # one choice each: together they are one facet
CHIP_LABELS = LABELS | {"owner": "Owner", "namespace": "Namespace"} | dict.fromkeys(ONLY, "Only")


def facets(to: Address, counts: Counts, *, people: People, namespaces: Sequence[str]) -> Iterator[Facet]:
    """In the page's order."""
    for name in ("type", "grant", "status"):
        yield Facet(name=name, label=LABELS[name], choices=_choices(name, to, counts))
    if people.all_owners:
        yield _owner(to, people)
    if namespaces:
        yield Facet(name="namespace", label="Namespace", choices=_namespaces(to, namespaces))
    for name in ("secret", "risk"):
        yield Facet(name=name, label=LABELS[name], choices=_choices(name, to, counts))
    together = tuple(choice for name in ONLY for choice in _choices(name, to, counts))
    yield Facet(name="more", label=LABELS["more"], choices=together)


def _choices(name: str, to: Address, counts: Counts) -> tuple[Choice, ...]:
    chosen = to.chosen.get(name, ())
    return tuple(
        Choice(name=name, value=value, label=label, on=value in chosen, count=counts.choices.get((name, value)))
        for value, label in address.CHOICES[name].items()
    )


def _owner(to: Address, people: People) -> Facet:
    chosen = to.chosen.get("owner", ())
    named = [value for value in chosen if value != address.ME]
    return Facet(
        name="owner",
        label=CHIP_LABELS["owner"],
        choices=(
            Choice(name="owner", value=address.ME, label="Mine", on=address.ME in chosen),
            *(Choice(name="owner", value=value, label=value, on=True) for value in named[1:]),
        ),
        box=Box(name="owner", label="User name", value=named[0] if named else "", suggestions=people.suggested),
    )


def _namespaces(to: Address, known: Sequence[str]) -> tuple[Choice, ...]:
    """Those that exist, and those that the address names all the same."""
    chosen = to.chosen.get("namespace", ())
    return tuple(
        Choice(name="namespace", value=value, label=value, on=value in chosen)
        for value in dict.fromkeys((*known, *chosen))
    )


def chips(to: Address) -> Iterator[Chip]:
    """What narrows the list, in the order of the address."""
    if to.search:
        yield Chip(label="Search", value=to.search, query=to.without("q").query)
    for name, values in to.chosen.items():
        words: Mapping[str, str] = address.CHOICES.get(name, {address.ME: "me"})
        for value in values:
            yield Chip(label=CHIP_LABELS[name], value=words.get(value, value), query=to.without(name, value).query)
