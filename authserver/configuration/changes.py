"""What applying a row did, or would do, and what it needs to know for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import audit
from authserver.configuration.faults import Fault
from clients.secrets.prepared_secrets import PreparedSecret

Changes = Mapping[str, list[Any]]
Row = Mapping[str, Any]
Action = Literal["add", "change", "remove"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """`changes`: `{key: [old, new]}`; secrets and passwords stand in it concealed."""

    action: Action
    section: str
    name: str
    changes: Changes


@dataclass(frozen=True, kw_only=True)
class PreparedPassword:
    """A user's password, compared with the hash that was stored; `hash` None: it is the same."""

    compared_with: str | None
    hash: str | None


@dataclass(frozen=True, kw_only=True)
class Run:
    """Who applies, when. `passwords` by user name and `secrets` by client id, of the rows that give one."""

    by: audit.Actor
    now: datetime
    passwords: Mapping[str, PreparedPassword] = field(repr=False)
    secrets: Mapping[str, PreparedSecret] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What changed, in order, and what was accepted, or left standing, but is worth a second look."""

    changes: list[Change]
    warnings: list[Fault]
