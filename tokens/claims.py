"""Claims about a person (OpenID Connect Core §5): which there are, and which a client is told. Pure.

A claim is released only under a scope that was granted, and the person saw on the consent page. The request parameter
`claims` (§5.5) chooses among those; a claim that needs a scope makes the request ask for that scope, too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# §5.4: what each scope stands for.
BY_SCOPE: Mapping[str, tuple[str, ...]] = {
    "profile": (
        "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
        "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}  # fmt: skip
SCOPE_OF: Mapping[str, str] = {claim: scope for scope, claims in BY_SCOPE.items() for claim in claims}
MOST_CLAIMS = 100


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom the claims are about: the columns of a user, and `claims` for all that has none of its own."""

    sub: str
    username: str
    email: str = ""
    given_name: str = ""
    family_name: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Requested:
    """The claims that a request names (§5.5), by where they are to stand."""

    userinfo: frozenset[str] = frozenset()
    id_token: frozenset[str] = frozenset()


def requested(text: str) -> Requested:
    """What the `claims` parameter names. Values and `essential` are passed over: what is not known is left out."""
    try:
        document = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return Requested()
    if not isinstance(document, dict):
        return Requested()
    return Requested(userinfo=_names(document.get("userinfo")), id_token=_names(document.get("id_token")))


def _names(members: object) -> frozenset[str]:
    return frozenset(list(members)[:MOST_CLAIMS]) if isinstance(members, dict) else frozenset()


def of_scopes(scopes: Collection[str]) -> Requested:
    """§5.4: all that the scopes stand for, where no access token could fetch it: the ID token tells it."""
    return Requested(id_token=frozenset(name for scope in scopes for name in BY_SCOPE.get(scope, ())))


def scopes_needed(wanted: Requested) -> tuple[str, ...]:
    """The scopes that the named claims stand under, so that the person is asked for them."""
    needed = {SCOPE_OF[name] for name in wanted.userinfo | wanted.id_token if name in SCOPE_OF}
    return tuple(scope for scope in BY_SCOPE if scope in needed)


def about(person: Person) -> dict[str, Any]:
    """Everything that is known. §5.3.2: a claim without a value is omitted, never null or empty."""
    known: dict[str, Any] = {
        "name": f"{person.given_name} {person.family_name}".strip(),
        "preferred_username": person.username,
        **person.claims,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
    }
    if person.email:
        known.setdefault("email_verified", False)
    elif "email_verified" in known:
        del known["email_verified"]
    return {name: value for name, value in known.items() if value not in (None, "", {}, [])}


def userinfo(person: Person, *, scopes: Collection[str]) -> dict[str, Any]:
    """§5.3.2: `sub` always; all that the granted scopes stand for (§5.4)."""
    return {"sub": person.sub, **_released(person, (name for scope in scopes for name in BY_SCOPE.get(scope, ())))}


def for_id_token(person: Person, *, scopes: Collection[str], wanted: Requested) -> dict[str, Any]:
    """§5.4: with an access token the scopes' claims stand at userinfo; here are those named for the ID token."""
    return _released(person, (name for name in wanted.id_token if SCOPE_OF.get(name) in scopes))


def _released(person: Person, names: Iterable[str]) -> dict[str, Any]:
    known = about(person)
    return {name: known[name] for name in sorted(set(names)) if name in known}
