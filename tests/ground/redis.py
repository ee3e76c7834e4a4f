"""A real Redis or Valkey in memory, on a free port; each user of it gets a database of its own."""

from __future__ import annotations

from tests.ground import parts, shared
from tests.ground.processes import accepts, free_port, keep, wait_until


def new_database() -> str:
    """The URL of an empty database on the session's one server."""

    def make() -> dict[str, object]:
        port, program = free_port(), parts.need("redis")
        keeper = keep(
            [str(program), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--databases", "10000"],
            owner=shared.owner(),
            log=shared.folder() / "redis.log",
        )
        wait_until(lambda: accepts(port), seconds=20, what="Redis starts")
        return {"port": port, "keeper": keeper}

    made = shared.once("redis", make)
    return f"redis://127.0.0.1:{made['port']}/{shared.next_number('redis-database')}"
