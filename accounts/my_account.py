"""What a person's own page shows: sections that the rooms above bring, each with its template and its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page: `template` is drawn with `values` as `section`."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


# Each makes its section for a person at a moment, or None where there is nothing to say.
SECTIONS: list[Callable[[User, datetime], Section | None]] = []


def sections_of(user: User, *, now: datetime) -> list[Section]:
    made = (make(user, now) for make in SECTIONS)
    return [section for section in made if section is not None]
