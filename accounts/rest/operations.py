"""What the management API can do, an operation each: the addresses, the schema, the ladder test and the reference read
these tables.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import audit
from accounts.authorization import demand, may
from accounts.models import User
from accounts.permissions import Permission
from accounts.rest.refusals import Refusal

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Body = Any  # JSON: what an operation takes or gives
Schema = Mapping[str, Any]
ANY_VERSION = "*"  # RFC 9110 §13.1.1


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of the query. `several`: it may come more than once, and its value is a list."""

    name: str
    about: str
    schema: Schema = field(default_factory=lambda: {"type": "string", "maxLength": 255})
    several: bool = False


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request, as an operation sees it: authenticated, permitted in general, its query and body of the right shape.

    `place`: the parts of the path by name. `query`: numbers are numbers; lists where a parameter has several values.
    """

    user: User
    by: audit.Actor
    now: datetime
    place: Mapping[str, Any]
    query: Mapping[str, Any]
    data: Body = field(default=None, repr=False)
    versions: tuple[str, ...] = ()

    def demand(self, permission: Permission, subject: object = None) -> None:
        """Raises PermissionMissing."""
        demand(self.user, permission, subject)

    def match(self, shown: Body) -> None:
        """RFC 9110 §13.1.1: go on only where the caller has seen this state. Raises Refusal 412."""
        if self.versions and ANY_VERSION not in self.versions and version_of(shown) not in self.versions:
            message = "It was changed since you read it. Read it again, then decide."
            raise Refusal(412, "changed_meanwhile", message)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`kept`: what a repeated request is answered with, where that is less: a secret is told once."""

    body: Body = None
    location: str = ""
    kept: Body = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`permission` None: whoever is signed in, for what is theirs. `owners`: an owner who holds `clients.own` may, too.

    `takes`, `gives`: names of schemas. `guarded`: demands `If-Match`. `once`: takes an `Idempotency-Key`. `fresh`: a
    session's sign-in must be of the last minutes, as on the pages. `in_person`: by a session alone, so that whoever
    has got hold of a token makes no others of it.
    """

    name: str
    method: Method
    path: str
    about: str
    tag: str
    permission: Permission | None
    answer: Callable[[Call], Answer | Body]
    owners: bool = False
    takes: str = ""
    gives: str = ""
    status: int = 200
    query: tuple[Parameter, ...] = ()
    guarded: bool = False
    once: bool = False
    fresh: bool = False
    in_person: bool = False

    def permits(self, user: User) -> bool:
        """Whether `user` may do this to any subject at all."""
        if self.permission is None or may(user, self.permission):
            return True
        return self.owners and may(user, Permission.CLIENTS_OWN)


def version_of(shown: Body) -> str:
    """A strong validator of this representation (RFC 9110 §8.8.3), with its quotes."""
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
