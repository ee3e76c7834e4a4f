"""The index that makes search fast on PostgreSQL: trigrams of every client's search text.

It needs the extension `pg_trgm`, which a database's owner may create since PostgreSQL 13. Where the role may not, or
the server lacks it, search works all the same and reads the texts; the start says so, and the next `migrate` after
the extension has been created makes the index.
"""

from __future__ import annotations

import structlog
from django.db import DatabaseError, connection

NAME = "clients_by_search"
TABLE, COLUMN = "clients_client", "search_text"
REMEDY = "have a superuser run CREATE EXTENSION pg_trgm in this database, then run `manage.py migrate`"
log = structlog.get_logger("clients.search_index")


def put_in_place() -> None:
    """Make the index where it is missing; clients can be changed meanwhile. Runs after every `migrate`."""
    if connection.vendor != "postgresql" or is_missing() is False or not _column_exists():
        return
    try:
        _execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        _execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")  # what an interrupted build has left
        _execute(f"CREATE INDEX CONCURRENTLY {NAME} ON {TABLE} USING gin ({COLUMN} gin_trgm_ops)")
    except DatabaseError as error:
        log.warning("clients.search_index_missing", error=str(error).splitlines()[0], remedy=REMEDY)


def is_missing() -> bool:
    """Whether PostgreSQL searches without a sound index; other databases need none."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid)", [NAME])
        return not cursor.fetchone()[0]


def _column_exists() -> bool:
    """`migrate` may have gone back to before there was one."""
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, TABLE)
    return any(column.name == COLUMN for column in columns)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
