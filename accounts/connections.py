"""Giving a database connection back in the middle of a request, before something slow that needs none.

A worker has many threads over few pooled connections: whoever waits for Argon2, or through a client's delay, with a
connection in hand stalls everybody else.
"""

from __future__ import annotations

from django.db import connection


def give_back() -> None:
    """Return this thread's connection to its pool; a persistent one is closed only when it has broken.

    The next query takes one again. Inside a transaction nothing is given back: it is still in use.
    """
    if connection.connection is not None and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
