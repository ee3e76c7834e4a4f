"""Applying a document: all or nothing, in one transaction; a plan is the same run, rolled back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

import audit
from authserver.configuration import shape
from authserver.configuration.faults import DocumentRefused, Fault
from authserver.configuration.sections import SECTIONS, Change, Run, Section


class _Rollback(Exception):
    """Ends the transaction of a plan."""


def apply_document(document: dict[str, Any], *, by: audit.Actor, now: datetime, plan_only: bool) -> list[Change]:
    """What the document changes, in order; `plan_only`: nothing is kept. Raises DocumentRefused with every fault."""
    shape.check(document)
    changes: list[Change] = []
    try:
        with transaction.atomic():
            changes = _apply(document, Run(by=by, now=now))
            if plan_only:
                raise _Rollback
    except _Rollback:
        pass
    return changes


def _apply(document: Mapping[str, Any], run: Run) -> list[Change]:
    changes: list[Change] = []
    faults: list[Fault] = []
    for name, section in SECTIONS:
        if faults and name == "apis" and changes:
            continue  # introspectors would only repeat what is wrong with the clients
        for row, path in _rows(document, name):
            try:
                change = _apply_row(section, row, path, run)
            except DocumentRefused as refused:
                faults += refused.faults
            else:
                changes += [change] if change else []
    if faults:
        raise DocumentRefused(faults[: shape.MOST_FAULTS])
    return changes


def _apply_row(section: Section, row: Mapping[str, Any], path: str, run: Run) -> Change | None:
    """In a savepoint: a refused row leaves nothing that the rows after it could trip over."""
    with transaction.atomic():
        return section(row, path, run)


def _rows(document: Mapping[str, Any], name: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    rows = document.get(name, [])
    if isinstance(rows, dict):
        yield rows, name
    else:
        for number, row in enumerate(rows):
            yield row, f"{name}[{number}]"
