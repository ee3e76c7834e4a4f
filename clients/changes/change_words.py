"""Changes of a client's facts as people read them, from `{document key: [old, new]}`. Pure.

Of a value with several entries (redirect URIs, grants, scopes) what went and what came is told apart from what stayed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clients import wording
from clients.rules import grant_types, public_keys

LONGEST = 2000  # characters of a value on a page; the audit trail has all of it
LONGEST_IN_SHORT = 60
NOTHING = "nothing"
BY_LINES = ("redirectUris", "postLogoutRedirectUris", "allowedIpRules", "rateLimitRules")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field's change. `gone` and `come` are entries of a value with several, empty for any other."""

    key: str
    field: str
    old: str
    new: str
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()

    @property
    def by_entries(self) -> bool:
        return bool(self.gone or self.come)

    @property
    def in_short(self) -> str:
        """The change in a line: of several entries how many, of a long text its beginning."""
        if not self.by_entries:
            return f"{_cut(self.old)} → {_cut(self.new)}"
        parts = [("+", self.come), ("−", self.gone)]
        return ", ".join(
            f"{sign} {_cut(those[0]) if len(those) == 1 else len(those)}" for sign, those in parts if those
        )


def in_words(differences: Mapping[str, Any]) -> tuple[Change, ...]:
    """What differs, in the order in which it is given. What has no old and new value is none."""
    pairs = [(key, pair) for key, pair in differences.items() if isinstance(pair, list) and len(pair) == 2]
    return tuple(change_of(key, old, new) for key, (old, new) in pairs)


def change_of(key: str, old: Any, new: Any) -> Change:
    """One field in words."""
    words = Change(key=key, field=FIELDS.get(key, key), old=value_in_words(key, old), new=value_in_words(key, new))
    before, after = entries(key, old), entries(key, new)
    gone = tuple(entry for entry in before if entry not in after)
    come = tuple(entry for entry in after if entry not in before)
    return Change(key=key, field=words.field, old=words.old, new=words.new, gone=gone, come=come)


def entries(key: str, value: Any) -> tuple[str, ...]:
    """The entries of a value that has several; none of any other."""
    if key == "allowedScope" and isinstance(value, str):
        return tuple(value.split())
    if not isinstance(value, list | tuple):
        return ()
    texts = (str(item) for item in value)
    return tuple(ENTRIES.get(key, str)(text) for text in texts)


def value_in_words(key: str, value: Any) -> str:
    """One value of one field."""
    if isinstance(value, list | tuple):
        text = ("\n" if key in BY_LINES else ", ").join(entries(key, value))
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = WORDS.get(key, _plain)(value)
    text = text or NOTHING
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_IN_SHORT else text[: LONGEST_IN_SHORT - 1] + "…"


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _grant(value: str) -> str:
    known = grant_types.BY_VALUE.get(value)
    return known.label if known else value


def _lifetime(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,} seconds ({wording.duration(value)})" if value >= 60 else wording.counted(value, "second")
    return {"global": "the global setting", "never": "never expires"}.get(value, _plain(value))


def _refreshes(value: Any) -> str:
    return wording.counted(value, "refresh", "refreshes") if isinstance(value, int) and value else _none_or(value)


def _grace(value: Any) -> str:
    return wording.counted(value, "second") if isinstance(value, int) and value else _none_or(value)


def _none_or(value: Any) -> str:
    return "none" if value == 0 else _plain(value)


def _method(value: Any) -> str:
    return _plain(value) or "HTTP Basic or body"


FIELDS = {
    "name": "Name",
    "version": "Version",
    "displayName": "Display name",
    "description": "Description",
    "type": "Type",
    "grants": "Grants",
    "redirectUris": "Redirect URIs",
    "postLogoutRedirectUris": "Sign-out addresses",
    "allowedScope": "Allowed scope",
    "watchedScope": "Watched scope",
    "owner": "Owner",
    "accessTokenLifetime": "Access token lives",
    "refreshLimit": "Refreshes",
    "refreshGrace": "Refresh grace",
    "tokenFormat": "Token format",
    "pkceRequired": "PKCE required",
    "tokenEndpointAuthMethod": "Authentication method",
    "clientJwks": "Public keys",
    "clientJwksUri": "Address of its keys",
    "idTokenSignedResponseAlg": "ID token signature",
    "accessTokenSignedResponseAlg": "Access token signature",
    "allowedIpRules": "Network rules",
    "networkRulesAtAuthorize": "Network rules at /authorize",
    "rateLimitRules": "Rate rules",
    "namespaces": "Namespaces",
    "primaryNamespace": "Primary namespace",
    "active": "Active",
    "label": "Label",
    "expires": "Expires",
    "apiPermissions": "API permissions",
    "softDeleted": "Deleted",
    "clientSecret": "Secret",
    "reason": "Reason",
}
ENTRIES: Mapping[str, Callable[[str], str]] = {"grants": _grant, "clientJwks": public_keys.in_words}
WORDS: Mapping[str, Callable[[Any], str]] = {
    "accessTokenLifetime": _lifetime,
    "refreshLimit": _refreshes,
    "refreshGrace": _grace,
    "tokenEndpointAuthMethod": _method,
}
