"""What makes the search for a part of a word fast on PostgreSQL: an index of the trigrams of a table's texts.

It needs the extension `pg_trgm`, which a database's owner may create since PostgreSQL 13. Where the role may not, or
the server lacks it, search works all the same and reads the texts; the start says so, and the next `migrate` after
the extension has been created makes the index. Other databases read the texts, and need none.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.db import DatabaseError, connection

REMEDY = "have a superuser run CREATE EXTENSION pg_trgm in this database, then run `manage.py migrate`"
log = structlog.get_logger("audit.trigram_index")


@dataclass(frozen=True, kw_only=True)
class TrigramIndex:
    """`expressions`: what is indexed, each an expression of SQL over `columns` just as a search writes it."""

    name: str
    table: str
    columns: frozenset[str]
    expressions: tuple[str, ...]

    def put_in_place(self) -> None:
        """Make it where it is missing; rows can be written meanwhile. Runs after every `migrate`."""
        if not self.is_missing() or not self._columns_exist():
            return
        of = ", ".join(f"({expression}) gin_trgm_ops" for expression in self.expressions)
        try:
            _execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            _execute(f"DROP INDEX CONCURRENTLY IF EXISTS {self.name}")  # what an interrupted build has left
            _execute(f"CREATE INDEX CONCURRENTLY {self.name} ON {self.table} USING gin ({of})")
        except DatabaseError as error:
            log.warning("trigram_index.missing", index=self.name, error=str(error).splitlines()[0], remedy=REMEDY)

    def is_missing(self) -> bool:
        """Whether PostgreSQL searches without a sound index."""
        if connection.vendor != "postgresql":
            return False
        with connection.cursor() as cursor:
            sound = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid)"
            cursor.execute(sound, [self.name])
            return not cursor.fetchone()[0]

    def _columns_exist(self) -> bool:
        """`migrate` may have gone back to before there were any."""
        with connection.cursor() as cursor:
            there = connection.introspection.get_table_description(cursor, self.table)
        return self.columns <= {column.name for column in there}


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
