"""What `migrate` puts in place when it is done, and only then.

Whoever goes back to an earlier state (`migrate clients 0009`), or forward to one in between, has tables that the
models of this version do not fit: nothing can be put into those.
"""

from __future__ import annotations

from collections.abc import Callable

from django.apps import AppConfig
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate


def put_in_place(work: Callable[[], object], *, sender: AppConfig) -> None:
    """Have `work` done after each `migrate` that ends at this version's state. Called once, when the app is ready."""

    def done(*, using: str, **how: object) -> None:
        # Without a plan the tables have just been emptied, and are as they were.
        if "plan" not in how or _is_at_this_version(using):
            work()

    post_migrate.connect(done, sender=sender, weak=False)


def _is_at_this_version(using: str) -> bool:
    executor = MigrationExecutor(connections[using])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
