"""Scopes: their names, what a client's allowed scope lets through, and what a request is granted (R32–R34).

Pure: names and patterns in, names or a refusal out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

REGISTERED_CLIENT = "RegisteredClient"  # every client may have it (R34)
INTROSPECT = "authorization.introspect"
OPENID = "openid"
LONGEST_NAME = 100
# RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ); a catalogue name holds neither `,` nor `*` besides.
SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
MOST_TOKENS = 200


class ScopeRefused(Exception):
    """`invalid_scope`, with a public sentence."""


def name_fault(name: str) -> str | None:
    """Why `name` cannot stand in the catalogue (R32), or None."""
    if not name or len(name) > LONGEST_NAME:
        return f"A scope name has 1 to {LONGEST_NAME} characters."
    if not SCOPE_TOKEN.fullmatch(name) or "," in name:
        return 'A scope name is printable ASCII without spaces, ", \\ and commas.'
    return "A scope name cannot hold *; clients' allowed scopes can." if "*" in name else None


def allowed_scope_faults(text: str) -> list[str]:
    """Every element of an allowed scope that could never be one (R33)."""
    return [
        f'{element!r} is not a scope or a pattern: printable ASCII without ", \\ and commas.'
        for element in text.split()
        if not SCOPE_TOKEN.fullmatch(element) or "," in element or len(element) > 1000
    ]


def pattern_matches(pattern: str, name: str) -> bool:
    """Whether `pattern`, in which `*` stands for any characters, matches all of `name`.

    Walks the name once from left to right: each piece between stars is looked for after the one before it. Taking
    the first place is always right, because what a later star can swallow only grows.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == name
    *middle, last = rest
    if not name.startswith(first) or not name.endswith(last):
        return False
    position, end = len(first), len(name) - len(last)
    for piece in middle:
        if not piece:
            continue
        position = name.find(piece, position, end)
        if position < 0:
            return False
        position += len(piece)
    return position <= end


@dataclass(frozen=True)
class AllowedScope:
    """A client's allowed scope (R33), read once."""

    text: str
    names: frozenset[str] = field(init=False)
    patterns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        elements = self.text.split()
        object.__setattr__(self, "names", frozenset(e for e in elements if "*" not in e))
        object.__setattr__(self, "patterns", tuple(e for e in elements if "*" in e))

    def allows(self, name: str) -> bool:
        return (
            name in self.names
            or name == REGISTERED_CLIENT
            or any(pattern_matches(pattern, name) for pattern in self.patterns)
        )


@dataclass(frozen=True, kw_only=True)
class ScopeFacts:
    """A catalogue entry as decisions need it. `audience`: its API's, or None."""

    is_default: bool
    is_sensitive: bool
    audience: str | None


Catalogue = Mapping[str, ScopeFacts]


def decide(requested: str | None, *, allowed: AllowedScope, catalogue: Catalogue) -> tuple[str, ...]:
    """The scopes to grant, in the order asked for. Raises ScopeRefused (RFC 6749 §5.2 `invalid_scope`)."""
    if not requested:
        defaults = tuple(n for n, facts in catalogue.items() if facts.is_default and allowed.allows(n))
        return defaults or (REGISTERED_CLIENT,)
    if requested.count(" ") >= MOST_TOKENS:
        raise ScopeRefused(f"More than {MOST_TOKENS} scopes are asked for.")
    names = tuple(dict.fromkeys(requested.split(" ")))
    for name in names:
        _check(name, allowed, catalogue)
    return names


def _check(name: str, allowed: AllowedScope, catalogue: Catalogue) -> None:
    if not SCOPE_TOKEN.fullmatch(name):
        raise ScopeRefused("The scope holds an empty element or a character that no scope can have.")
    if "*" in name:
        raise ScopeRefused("A wildcard cannot be requested; name each scope.")
    if name not in catalogue and name != REGISTERED_CLIENT:
        raise ScopeRefused(f"The scope {name[:LONGEST_NAME]} does not exist on this server.")
    if not allowed.allows(name):
        raise ScopeRefused(f"The scope {name} is not allowed for this client.")


def audiences(granted: tuple[str, ...], catalogue: Catalogue) -> tuple[str, ...]:
    """The audiences of the APIs that the granted scopes belong to, each once."""
    found = (catalogue[name].audience for name in granted if name in catalogue)
    return tuple(dict.fromkeys(audience for audience in found if audience))
