"""A client's facts in words, for pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from clients.facts import Lifetime, RefreshLimit
from clients.rules import grant_types
from clients.rules.network_rules import NetworkRule

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
METHODS = {
    "client_secret_basic": "HTTP Basic",
    "client_secret_post": "Secret in the body",
    "private_key_jwt": "Signed assertion",
}
TYPES = {
    "confidential": "Can keep a secret: it runs on a server you control.",
    "public": "Cannot keep a secret: a browser app, a phone app.",
}


def counted(number: int, one: str, several: str = "") -> str:
    """`1 hour`, `2 hours`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def networks(rules: Sequence[NetworkRule]) -> str:
    """R37: how many rules of each kind bind a client, in words."""
    if not rules:
        return "Any address"
    binding = [rule for rule in rules if not rule.watched]
    kinds = [(sum(rule.action == action for rule in binding), action) for action in ("allow", "deny")]
    watched = len(rules) - len(binding)
    parts = [f"{number} to {action}" for number, action in kinds if number]
    parts += [f"{watched} watched"] if watched else []
    return f"{counted(len(rules), 'rule')}: {', '.join(parts)}"


def duration(seconds: int) -> str:
    """A length of time in its largest unit, exactly where that is possible: `15 minutes`, else `about 2 hours`."""
    for size, name in _UNITS:
        if seconds >= size and seconds % size == 0 and seconds // size < 1000:
            return counted(seconds // size, name)
        if seconds >= 3 * size:
            return f"about {counted(round(seconds / size), name)}"
    return counted(seconds, "second")


def lifetime(value: Lifetime, *, global_lifetime: int) -> str:
    """R27: how long an access token lives, in words."""
    if value == "never":
        return "Never expires"
    return f"{duration(global_lifetime)}, the global setting" if value == "global" else duration(int(value))


def refreshes(limit: RefreshLimit, *, grants: tuple[str, ...]) -> str:
    """R29, R30: how often a token can be renewed, in words."""
    if limit == 0 or not grant_types.may_refresh(grants):
        return "None"
    return "Unlimited, within 30 days" if limit == "unlimited" else f"Up to {limit:,}, within 30 days"


def grace(seconds: int) -> str:
    """R31: how long a refresh token may be used again, in words."""
    return f"{duration(seconds)} for one that got lost" if seconds else ""


def authentication(method: str, *, confidential: bool) -> str:
    """RFC 7591 §2: how the client proves who it is at the token endpoint."""
    if not confidential:
        return "None: it names itself by its client id"
    return METHODS.get(method, "Basic or body")
