"""What upper apps add to the pages of people: what somebody answers for (R7), and panels about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Expression, Q

from accounts.models import User


@dataclass(frozen=True, kw_only=True)
class Owned:
    """A kind of thing that people own. Each is asked about users in a query, by `OuterRef("pk")`.

    `seen_by`: whether a viewer may know. `some`: who owns any. `count`: how many, as an annotation.
    """

    label: str
    seen_by: Callable[[User], bool]
    some: Callable[[], Q]
    count: Callable[[], Expression]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A panel of a person's page: its template, drawn with `context`."""

    template: str
    context: Mapping[str, Any]


# Filled by the apps above, at most one kind: `clients`.
OWNED: list[Owned] = []
# Filled by the apps above: what each has to show a viewer (first) about a person (second), or None.
PANELS: list[Callable[[User, User], Panel | None]] = []


def owned_for(viewer: User) -> Owned | None:
    """What the list may tell this viewer."""
    return next((kind for kind in OWNED if kind.seen_by(viewer)), None)


def panels_for(viewer: User, person: User) -> list[Panel]:
    return [panel for panel in (ask(viewer, person) for ask in PANELS) if panel]
