"""Giving the trail away: the events of a search as CSV or JSON Lines, newest first, in pieces. Each time is an event.

A trail may hold millions: it is read batch by batch by place, and neither memory nor a connection is held while a slow
reader takes a piece.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from audit.kinds import kind_of
from audit.models import Event
from audit.recording import Actor, record
from audit.searching import Search, narrowed, newest

BATCH = 1_000
COLUMNS = (
    *("sequence", "at", "kind", "title", "actor", "actorId", "subjectKind", "subjectId", "subject", "address"),
    *("reference", "requestId", "reason", "changes", "detail", "hash"),
)
# What a spreadsheet would take for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(search: Search, *, form: str, by: Actor, now: datetime) -> Iterator[str]:
    """The text in pieces; `form` is a key of FORMS. Recorded before the first piece leaves, and itself not in it."""
    pieces = FORMS[form]
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    record("audit.exported", actor=by, at=now, detail={"form": form, "search": search.address()})
    return pieces(_batches(search, last=last, now=now))


def _batches(search: Search, *, last: int, now: datetime) -> Iterator[Sequence[Event]]:
    """Those that were there when it began, by their place in the order."""
    rows = narrowed(search, now=now).filter(pk__lte=last)
    batch = newest(rows, before=None, most=BATCH)
    while batch:
        _give_back()
        yield batch
        batch = newest(rows, before=(batch[-1].at, batch[-1].pk), most=BATCH)


def _give_back() -> None:
    """As `accounts.connections` does, which stands above this room."""
    if connection.connection is not None and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def row_of(event: Event) -> dict[str, Any]:
    """An event by COLUMNS, as plain JSON."""
    return {
        "sequence": event.sequence,
        "at": event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "kind": event.kind,
        "title": kind_of(event.kind).title,
        "actor": event.actor_name,
        "actorId": event.actor_id,
        "subjectKind": event.subject_kind,
        "subjectId": event.subject_id,
        "subject": event.subject_name,
        "address": event.address,
        "reference": event.reference,
        "requestId": event.request_id,
        "reason": event.reason,
        "changes": event.changes,
        "detail": event.detail,
        "hash": event.hash,
    }


def _json_lines(batches: Iterable[Sequence[Event]]) -> Iterator[str]:
    for batch in batches:
        yield "".join(json.dumps(row_of(event), ensure_ascii=False) + "\n" for event in batch)


def _csv(batches: Iterable[Sequence[Event]]) -> Iterator[str]:
    """RFC 4180, with a line of names first."""
    yield _lines([COLUMNS])
    for batch in batches:
        yield _lines([[cell(value) for value in row_of(event).values()] for event in batch])


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def cell(value: Any) -> str:
    """A value as a spreadsheet may show it: never as a formula, since strangers choose names and addresses."""
    if value is None or value in ({}, []):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


FORMS: dict[str, Callable[[Iterable[Sequence[Event]]], Iterator[str]]] = {"csv": _csv, "jsonl": _json_lines}
