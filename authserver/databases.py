"""Where the data lives: SQLite under AUTHSERVER_HOME, or PostgreSQL; counters in the process, or in Redis."""

import os
from typing import Any

import environ

from authserver.environment import Environment

# `serve` sets this for its workers. Commands and the maintenance loop need one connection, not a pool.
SERVING = "_AUTHSERVER_SERVING"
CONNECTIONS_A_WORKER = 4
LONGEST_WAIT = 4.0  # seconds for a pooled connection; then the database is taken to be away


def database_settings(environment: Environment) -> dict[str, Any]:
    """The value of Django's DATABASES["default"]."""
    if environment.database_url:
        return _postgresql(environment.database_url)
    return _sqlite(environment)


def _sqlite(environment: Environment) -> dict[str, Any]:
    environment.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "ENGINE": "authserver.sqlite",
        "NAME": str(environment.home / "db.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # IMMEDIATE: a transaction that writes waits for its turn instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    """A few pooled connections a worker, taken for a request's queries and given back (measured: `make bench`)."""
    database: dict[str, Any] = environ.Env.db_url_config(url)
    database["ENGINE"] = "authserver.postgresql"
    database["CONN_MAX_AGE"] = 0
    options = database.setdefault("OPTIONS", {})
    options |= {"connect_timeout": 5, "prepare_threshold": 2, "server_side_binding": True}
    if os.environ.get(SERVING):
        options["pool"] = {
            "min_size": 1,
            "max_size": CONNECTIONS_A_WORKER,
            "timeout": LONGEST_WAIT,
            "reconnect_timeout": 5,
        }
    return database


def cache_settings(environment: Environment) -> dict[str, Any]:
    """The value of Django's CACHES["default"]: shared by all workers where there is a Redis."""
    if environment.redis_url:
        location = environment.redis_url.replace("valkey://", "redis://", 1)
        return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": location}
    # Sign-in's throttle counts here: an attacker with many names must not push the counts out.
    return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
