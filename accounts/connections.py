"""What a request needs to know of its database connection: when to give it back, and what says that it is of no use.

A worker has many threads over few pooled connections: whoever waits for Argon2, or through a client's delay, with a
connection in hand stalls everybody else.
"""

from __future__ import annotations

from django.db import InterfaceError, InternalError, OperationalError, connection

# The database is away, full, or (InternalError) reads only, as a standby before its promotion: come back later.
AWAY = (OperationalError, InterfaceError, InternalError)


def give_back() -> None:
    """Return this thread's connection to its pool; a persistent one is closed only when it has broken.

    The next query takes one again. Inside a transaction nothing is given back: it is still in use.
    """
    if connection.connection is not None and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
