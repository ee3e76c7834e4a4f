"""The database backend that `authserver.databases` names: Django's own, whose pool is asked through `Outage`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import OperationalError
from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout


class Outage:
    """Begins with the first wait for a connection that was in vain, ends with the next connection that is had.

    While it lasts one thread at a time waits for the database; all others are refused at once. Else every thread of a
    worker would wait, and none would be left to say that this process lives.
    """

    def __init__(self) -> None:
        self._lasts = threading.Event()
        self._asking = threading.Lock()

    def connect(self, get: Callable[[], Any]) -> Any:
        """A connection from `get`. Raises PoolTimeout, or OperationalError where somebody else is asking."""
        if not self._lasts.is_set():
            return self._get(get)
        if not self._asking.acquire(blocking=False):
            raise OperationalError("The database is away; another request is asking for it.")
        try:
            return self._get(get)
        finally:
            self._asking.release()

    def _get(self, get: Callable[[], Any]) -> Any:
        try:
            connection = get()
        except PoolTimeout:
            self._lasts.set()
            raise
        self._lasts.clear()
        return connection


_outage = Outage()


class DatabaseWrapper(base.DatabaseWrapper):
    """One thread's connection."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not self.pool:
            return super().get_new_connection(conn_params)
        return _outage.connect(lambda: super(DatabaseWrapper, self).get_new_connection(conn_params))
