"""Searches that PostgreSQL plans for the words they come with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def planned_by_value() -> Iterator[None]:
    """Within, every statement gets a plan of its own; elsewhere a prepared one soon gets a plan for all values.

    One plan is right for a row by its key. For a search it is a guess: what hardly any row says wants an index of
    words, what nearly every row says wants the newest rows, and the guess reads a whole table for the first.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield
