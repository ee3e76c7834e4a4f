"""What the rules look at: one client with its circumstances, as plain values. Reading them is `reading`'s business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import SplitResult, urlsplit

from clients.facts import ClientFacts
from clients.linter.catalogue import Covered
from clients.rules import redirect_uris


@dataclass(frozen=True, kw_only=True)
class LintedSecret:
    """A secret that is not revoked. `key_id` is public."""

    key_id: str
    created: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def idle_since(self) -> datetime:
        """Its last use, or its making where it was never used."""
        return self.last_used_at or self.created


@dataclass(frozen=True, kw_only=True)
class Used:
    """What a client did in the last thirty days; `days`: for how long its use has been counted."""

    days: int
    scopes: frozenset[str] = frozenset()
    grants: frozenset[str] = frozenset()
    redirects: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Server:
    """What the rules need of the server's settings; the lifetime is in seconds."""

    access_token_lifetime: int
    legacy_grants: bool


@dataclass(frozen=True, kw_only=True)
class Linted:
    """`facts` are normal, but need not be sound: a form that is being filled in is linted too (`registered` False).

    `covered`: what the patterns of its allowed scope cover. `secrets`: those not revoked, expired ones among them.
    `used_from`: the networks from which it was used lately. `used`: what it did lately; None: nothing is known.
    """

    facts: ClientFacts
    server: Server
    now: datetime
    created: datetime
    covered: tuple[Covered, ...] = ()
    registered: bool = True
    active: bool = True
    last_used_at: datetime | None = None
    owner_active: bool = True
    secrets: tuple[LintedSecret, ...] = ()
    used_from: tuple[str, ...] = ()
    used: Used | None = None

    @property
    def lifetime(self) -> int | None:
        """R27: seconds that its access tokens live; None: for ever."""
        chosen = self.facts.access_token_lifetime
        if chosen == "never":
            return None
        return self.server.access_token_lifetime if chosen == "global" else int(chosen)

    @property
    def working(self) -> bool:
        """Whether it is there to be used: registered and active."""
        return self.registered and self.active

    @cached_property
    def live_secrets(self) -> tuple[LintedSecret, ...]:
        return tuple(s for s in self.secrets if s.expires_at is None or s.expires_at > self.now)

    @cached_property
    def redirects(self) -> tuple[tuple[str, SplitResult], ...]:
        """Its redirect URIs with their parts; what is no sound URI is the form's to refuse, not ours to read."""
        return tuple((uri, urlsplit(uri)) for uri in self.facts.redirect_uris if not redirect_uris.line_faults(uri))

    def since(self, moment: datetime) -> timedelta:
        return self.now - moment
