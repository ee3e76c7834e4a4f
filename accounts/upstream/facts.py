"""What administrators decide about the provider that people may sign in with (R62), and what is wrong with it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from accounts import holdings
from accounts.faults import Fault, Refused
from accounts.holdings import Holding
from accounts.key_derivation import derived_keys
from accounts.models import Group, ServerSettings

CONCEALED = "CONCEALED"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """`groups`: who has which value in the claim `groups_claim` is in which group here.

    `makes_accounts`: whoever comes for the first time gets an account; otherwise people connect theirs first.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str = ""
    scope: str = "openid profile email"
    groups_claim: str = "groups"
    groups: Mapping[str, str] = field(default_factory=dict)
    makes_accounts: bool = True

    @property
    def key(self) -> str:
        """What connections of accounts are kept under: another issuer's word is worth nothing for them."""
        return hashlib.sha256(self.issuer.encode()).hexdigest()[:32]


# The documents' word for each fact.
KEYS: Mapping[str, str] = {
    "name": "name",
    "issuer": "issuer",
    "client_id": "clientId",
    "client_secret": "clientSecret",
    "scope": "scope",
    "groups_claim": "groupsClaim",
    "groups": "groups",
    "makes_accounts": "makesAccounts",
}


def of_document(row: Mapping[str, Any]) -> Upstream:
    """From an object that the documents' schema has let through."""
    return Upstream(**{name: row[key] for name, key in KEYS.items() if key in row})


def shown(kept: Mapping[str, Any]) -> dict[str, Any] | None:
    """As documents and the API show what the database keeps: without the secret."""
    return {**kept, KEYS["client_secret"]: CONCEALED} if kept else None


def columns(
    row: Mapping[str, Any] | None, *, stored: ServerSettings, giver: Holding, development: bool
) -> dict[str, Any]:
    """What the database keeps of `row`, None: of no provider. Raises Refused.

    A secret that is left out or concealed stays, for the same client of the same provider: nobody sends it elsewhere.
    """
    if row is None:
        return {"upstream": {}, "upstream_secret": ""}
    given = of_document(row)
    if found := [*_issuer_faults(given.issuer, development=development), *_group_faults(given.groups, giver)]:
        raise Refused(found)
    kept = {key: getattr(given, name) for name, key in KEYS.items() if name != "client_secret"}
    return {"upstream": kept, "upstream_secret": _sealed(given.client_secret, stored, kept)}


def _sealed(secret: str, stored: ServerSettings, kept: Mapping[str, Any]) -> str:
    """Sealing twice gives two texts: the same secret stays as it is, so that applying a document twice changes once."""
    before = opened(stored) if _same_client(stored.upstream, kept) else None
    if before is not None and secret in ("", CONCEALED, before.client_secret):
        return stored.upstream_secret
    return "" if secret in ("", CONCEALED) else _box().encrypt(secret.encode()).decode()


def opened(stored: ServerSettings) -> Upstream | None:
    """The provider with its secret, empty where AUTHSERVER_SECRET_KEY has changed since; None where there is none."""
    if not stored.upstream:
        return None
    try:
        secret = _box().decrypt(stored.upstream_secret.encode()).decode() if stored.upstream_secret else ""
    except InvalidToken:
        secret = ""
    return of_document({**stored.upstream, KEYS["client_secret"]: secret})


def _same_client(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return all(before.get(KEYS[name]) == after[KEYS[name]] for name in ("issuer", "client_id"))


def _issuer_faults(issuer: str, *, development: bool) -> Iterator[Fault]:
    """OpenID Connect Discovery §3: https; plain http only to this machine, in development."""
    try:
        parts = urlsplit(issuer)
        sound = parts.scheme == "https" or (development and parts.scheme == "http" and parts.hostname in LOOPBACK)
        sound = sound and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound:
        yield Fault(key="upstream.issuer", message="An issuer is an https address, just as the provider writes it.")


def _group_faults(groups: Mapping[str, str], giver: Holding) -> Iterator[Fault]:
    """R36: whoever decides whose word is taken for membership could join every group of the mapping."""
    stored = {group.name: group for group in Group.objects.filter(name__in=groups.values())}
    for name in sorted(set(groups.values()) - set(stored)):
        yield Fault(key="upstream.groups", message=f"There is no group {name[:150]!r}.")
    held = [
        (name, holdings.holding(permissions=group.permissions, allowed_scope=group.allowed_scope))
        for name, group in sorted(stored.items())
    ]
    for fault in holdings.joining_faults(giver, held):
        yield Fault(key="upstream.groups", message=fault.message)


def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived_keys("upstream client secret")])
