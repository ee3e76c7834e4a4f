"""Loaded before pytest-django (`-p` in pyproject.toml): sets the environment that Django's settings will read.

`AUTHSERVER_TEST_DATABASE=postgresql` runs the suite on PostgreSQL with Redis; else it runs on SQLite with neither.
"""

from __future__ import annotations

import os

from tests.ground import parts, shared

ON_POSTGRESQL = os.environ.get("AUTHSERVER_TEST_DATABASE") == "postgresql"


def _prepare_environment() -> None:
    """What the developer's own shell says about a server must not reach the tests."""
    for name in [name for name in os.environ if name.startswith("AUTHSERVER_")]:
        if name != "AUTHSERVER_TEST_DATABASE":
            del os.environ[name]
    os.environ["AUTHSERVER_MODE"] = "development"
    os.environ["AUTHSERVER_HOME"] = str(shared.folder() / "home")
    if ON_POSTGRESQL:
        _use_postgresql()


def _use_postgresql() -> None:
    from tests.ground import postgresql, redis

    absent = [parts.PARTS[name] for name in ("postgresql", "redis") if parts.PARTS[name].find() is None]
    if absent:
        raise SystemExit("\n".join(f"{part.title} is missing; {part.remedy}" for part in absent))
    os.environ["AUTHSERVER_DATABASE_URL"] = postgresql.start_shared().url("authserver")
    os.environ["AUTHSERVER_REDIS_URL"] = redis.new_database()


_prepare_environment()
