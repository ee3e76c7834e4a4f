"""The API's reference as the guide has it, written from the operations themselves: `python -m tests.api.reference`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import django

FILE = Path(__file__).parent.parent.parent / "docs" / "guide" / "api-reference.md"
HEAD = """# Reference of the management API

Each operation under `/api/v1/`, with the permission that it needs; a token needs the scope of that name, `authserver.`
before it. *own*: whoever holds `clients.own` may do it to the clients that they own. *If-Match*: demands the version
that was read. *once*: takes an `Idempotency-Key`. The forms of what is sent and answered stand in the schema at
`/api/schema`. How all of them answer: [Automation](automation.md).
"""


def lines() -> Iterator[str]:
    from authserver.api import OPERATIONS

    yield HEAD
    for tag in dict.fromkeys(operation.tag for operation in OPERATIONS):
        yield f"## {tag}\n"
        yield "| | | Needs | |"
        yield "|---|---|---|---|"
        for operation in OPERATIONS:
            if operation.tag == tag:
                notes = [word for word, there in (("own", operation.owners), ("If-Match", operation.guarded),
                                                  ("once", operation.once)) if there]  # fmt: skip
                parameters = ", ".join(f"`{parameter.name}`" for parameter in operation.query)
                about = operation.about + (f" Takes {parameters}." if parameters else "")
                needs = f"`{operation.permission}`" if operation.permission else "—"
                yield f"| `{operation.method} /{operation.path}` | {about} | {needs} | {', '.join(notes)} |"
        yield ""


def text() -> str:
    return "\n".join(lines())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authserver.settings")
    os.environ.setdefault("AUTHSERVER_MODE", "development")
    django.setup()
    FILE.write_text(text())
