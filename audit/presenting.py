"""Events as the audit page shows them: in words, by days, with what changed. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from audit.kinds import kind_of
from audit.models import Event
from audit.refusal_windows import REPEATED

LONGEST_VALUE = 600  # characters of one value on the page; the event holds all of it
BEGINNINGS = (".created", ".registered")
FACTS: dict[str, str] = {
    "ended": "secrets ended",
    "keyId": "key id",
    "earlier": "earlier secrets",
    "earlierUntil": "they work until",
    "lastUsed": "last used",
    "lastUsedFrom": "from",
    "clients": "how many",
    "added": "added",
    "changed": "changed",
    "copiedFrom": "copied from",
    "deletedBy": "deleted by",
    "protectionBypassed": "protection bypassed",
}
# Pages of subjects, as names of URLs that take the subject's number. Filled by upper apps in AppConfig.ready.
SUBJECT_PAGES: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A changed field: what it was, what it is. None: there was nothing."""

    key: str
    old: str | None
    new: str | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One event. `page`: the name of its subject's page, or empty. `facts`: what it says beside its changes.

    `began`: its subject is new, so that there is no old value to show.
    """

    event: Event
    title: str
    tone: str
    page: str
    began: bool
    differences: tuple[Difference, ...]
    facts: tuple[tuple[str, str], ...]

    @property
    def refused(self) -> bool:
        """Whether it tells of a request that was refused, so that its trace may be asked for."""
        return self.event.kind.endswith(".refused")


@dataclass(frozen=True, kw_only=True)
class Day:
    """The events of one day, UTC."""

    title: str
    lines: tuple[Line, ...]


def days_of(events: Iterable[Event], *, now: datetime) -> tuple[Day, ...]:
    """Events, newest first, under the days on which they happened."""
    grouped = groupby(events, key=lambda event: event.at.astimezone(UTC).date())
    today = now.astimezone(UTC).date()
    return tuple(
        Day(title=_day(day, today=today), lines=tuple(line_of(event) for event in same)) for day, same in grouped
    )


def _day(day: date, *, today: date) -> str:
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return f"{day:%A}, {day.day} {day:%B %Y}"


def line_of(event: Event) -> Line:
    """One event in words."""
    kind = kind_of(event.kind)
    return Line(
        event=event,
        title=kind.title,
        tone=kind.tone,
        page=SUBJECT_PAGES.get(event.subject_kind, "") if event.subject_id is not None else "",
        began=event.kind.endswith(BEGINNINGS),
        differences=tuple(_differences(event.changes)),
        facts=tuple(_facts(event)),
    )


def _differences(changes: Any) -> Iterable[Difference]:
    for key, change in changes.items() if isinstance(changes, dict) else ():
        old, new = change if isinstance(change, list) and len(change) == 2 else (None, change)
        yield Difference(key=key, old=_text(old), new=_text(new))


def _facts(event: Event) -> Iterable[tuple[str, str]]:
    detail = event.detail if isinstance(event.detail, dict) else {}
    if event.kind == REPEATED and isinstance(detail.get("repeats"), int):
        times = "once" if detail["repeats"] == 1 else f"{detail['repeats']:,} times"
        yield kind_of(str(detail.get("of", ""))).title, f"{times} more"
        return
    for key, value in detail.items():
        text = _text(value)
        if text is not None:
            yield FACTS.get(key) or str(key), text


def _text(value: Any) -> str | None:
    """A value for people; None for nothing."""
    if value in (None, "", [], {}):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = " ".join(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
