"""What must hold before `serve` starts (contracts, "Production refuses to start"), each refusal in one sentence.

A wrong or missing variable is refused earlier, where the environment is read (`authserver.environment`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from audit import searching
from audit.trigram_index import REMEDY
from authserver.environment import Environment
from clients.listing import search_index
from clients.shipped import test_client_present
from tokens.checks import SEALED_BY_ANOTHER
from tokens.signing_keys.rotation import unreadable

SEARCHES = (("clients", search_index.INDEX), ("the audit trail", searching.INDEX))
PATIENCE = 30.0  # seconds; a database often starts beside the server and needs a moment longer


class StartRefused(Exception):
    """One sentence that says why the server does not start, and what would help."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """How the server is about to run. `patience`: seconds to wait for its database."""

    environment: Environment
    workers: int
    patience: float = PATIENCE


def counters_are_shared(start: Start) -> str | None:
    """R42: each worker counting for itself would let through as many times the budget as there are workers."""
    if start.workers == 1 or start.environment.redis_url or start.environment.development:
        return None
    return f"{start.workers} workers need shared counters: set AUTHSERVER_REDIS_URL, or run with --workers 1."


def database_answers(start: Start) -> str | None:
    """Asked again for a while, since after a power cut everything starts at once."""
    deadline = time.monotonic() + start.patience
    while True:
        try:
            connection.ensure_connection()
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() < deadline:
                time.sleep(min(0.5, start.patience))
                continue
            where = "AUTHSERVER_DATABASE_URL" if start.environment.database_url else "AUTHSERVER_HOME"
            return f"The database of {where} does not answer within {start.patience:g} s ({type(error).__name__})."
        return None


def migrations_have_run(_: Start) -> str | None:
    """Migrating is the operator's own step: several servers may share the store."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return "Migrations are missing: run `manage.py migrate` first."
    return None


def nobody_knows_a_secret(start: Start) -> str | None:
    """R61: the development client's secret is public."""
    if start.environment.development or not test_client_present():
        return None
    return (
        "AUTHSERVER_MODE is production, but the store holds the development client `test`, whose secret everybody "
        "knows: use a store that was never in development mode."
    )


def signing_keys_open(_: Start) -> str | None:
    """Else the first JWT would be a fault of ours: another secret has sealed the keys in this store."""
    return SEALED_BY_ANOTHER if unreadable() else None


CHECKS: tuple[Callable[[Start], str | None], ...] = (
    counters_are_shared,
    database_answers,
    migrations_have_run,
    nobody_knows_a_secret,
    signing_keys_open,
)


def refuse_unready(*, workers: int, patience: float = PATIENCE) -> None:
    """Raise StartRefused with the first check's sentence that fails."""
    start = Start(environment=settings.AUTHSERVER, workers=workers, patience=patience)
    for check in CHECKS:
        if sentence := check(start):
            raise StartRefused(sentence)


def warnings(*, workers: int) -> Iterator[str]:
    """What is allowed, but should be known."""
    environment: Environment = settings.AUTHSERVER
    if not environment.development and not environment.https:
        yield f"AUTHSERVER_ISSUER is {environment.issuer}: without https only programs on this machine should use it."
    if environment.development and workers > 1 and not environment.redis_url:
        yield f"{workers} workers count for themselves; production would refuse this without AUTHSERVER_REDIS_URL."
    for what, index in SEARCHES:
        if index.is_missing():
            yield f"Searching {what} is slow without its index: {REMEDY}."
