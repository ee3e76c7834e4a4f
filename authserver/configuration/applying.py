"""Applying a document: all or nothing, in one transaction; a plan is the same run, rolled back.

Every fault is found in one go: rows whose shape is right are tried even where others are wrong, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

import audit
from accounts.models import ServerSettings
from authserver.configuration import people, pruning, shape
from authserver.configuration.changes import Change, Outcome, Row, Run
from authserver.configuration.faults import DocumentRefused, Fault, row_of
from authserver.configuration.sections import SECTIONS
from authserver.configuration.shape import NAMED_BY
from clients.secrets.prepared_secrets import prepare_secrets

Document = dict[str, Any]
Step = tuple[str, Row, str]  # section, row, path


class _Rollback(Exception):
    """Ends a transaction of which nothing is kept."""


def apply_document(
    document: Document, *, by: audit.Actor, now: datetime, plan_only: bool, prune: bool = False
) -> Outcome:
    """Make the server what `document` says; `plan_only`: nothing is kept. `prune`: rows that a section of the document
    does not name are removed, where they may be. Raises DocumentRefused with every fault.
    """
    misshapen = shape.faults_of(document)
    if len(misshapen) >= shape.MOST_FOUND:
        raise DocumentRefused(misshapen)
    sound = _sound(document, bad={row_of(fault.path) for fault in misshapen})
    users = [(row, path) for _, row, path in sound["users"]]
    run = Run(
        by=by,
        now=now,
        passwords=people.new_passwords(row for row, _ in users),
        secrets=prepare_secrets((row for _, row, _ in sound["clients"]), now=now),
    )
    changes: list[Change] = []
    faults: list[Fault] = []
    kept: list[Fault] = []
    try:
        with transaction.atomic():
            _one_at_a_time()
            for step in _in_order(sound):
                changes += _apply_row(step, run, faults)
            if prune and not (misshapen or faults):
                changes += pruning.prune({key: rows for key, rows in document.items() if key in NAMED_BY}, run, kept)
            if plan_only or misshapen or faults:
                raise _Rollback
    except _Rollback:
        pass
    if misshapen or faults:
        raise DocumentRefused([*misshapen, *faults])
    return Outcome(changes=changes, warnings=[*people.weak_passwords(users), *kept])


def _one_at_a_time() -> None:
    """On PostgreSQL, two documents at once are applied one after the other; SQLite's transaction does that itself."""
    list(ServerSettings.objects.select_for_update().filter(pk=1))


def _apply_row(step: Step, run: Run, faults: list[Fault]) -> list[Change]:
    """In a savepoint: a refused row leaves nothing that the rows after it could trip over."""
    section, row, path = step
    try:
        with transaction.atomic():
            change = SECTIONS[section](row, path, run)
    except DocumentRefused as refused:
        faults += refused.faults
    except IntegrityError:
        faults.append(Fault(path=path, message="Somebody else wrote the same meanwhile; apply it again."))
    else:
        return [change] if change else []
    return []


def _sound(document: Document, *, bad: set[str]) -> dict[str, list[Step]]:
    """The rows of each section whose shape is right: only they are ever asked of the database."""
    steps = {section: list(_rows(document, section)) for section in SECTIONS if section not in bad}
    return {section: [step for step in steps.get(section, []) if step[2] not in bad] for section in SECTIONS}


def _rows(document: Document, section: str) -> Iterator[Step]:
    rows = document.get(section, [])
    if isinstance(rows, dict):
        yield section, rows, section
    elif isinstance(rows, list):
        yield from ((section, row, f"{section}[{n}]") for n, row in enumerate(rows) if isinstance(row, dict))


def _in_order(sound: dict[str, list[Step]]) -> Iterator[Step]:
    """Every row, after those that it may name: groups before members and settings, administrators before namespaces,
    owners and namespaces before clients, clients before the APIs that they introspect for, APIs before scopes.
    Some users wait for the clients.
    """
    yield from sound["groups"]
    yield from sound["settings"]
    client_ids = {str(row.get("clientId")) for _, row, _ in sound["clients"]}
    waiting = {path for _, row, path in sound["users"] if people.waits_for_clients(row, client_ids)}
    yield from (step for step in sound["users"] if step[2] not in waiting)
    yield from sound["namespaces"]
    yield from sound["clients"]
    yield from (step for step in sound["users"] if step[2] in waiting)
    yield from sound["apis"]
    yield from sound["scopes"]
