"""What is asked of the evaluator: one request, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from policies.client_address import UNKNOWN, Address
from policies.snapshots import ClientPolicy, ServerPolicy

# Where a client asks to be granted something; where its token acts in its place; everything there is (R38).
GRANTING = frozenset({"authorize", "token", "device_authorization"})
BY_TOKEN = frozenset({"userinfo", "check", "api"})
BY_CREDENTIALS = frozenset({"token", "device_authorization", "introspect", "revoke"})
ENDPOINTS = GRANTING | BY_TOKEN | BY_CREDENTIALS


@dataclass(frozen=True, kw_only=True)
class TokenFacts:
    """The token that acts. `fault`: why it does not hold, for the trail; empty where it does."""

    scopes: frozenset[str]
    audiences: frozenset[str] = frozenset()
    fault: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A client, as `server` and `client` have it, at an endpoint (`authorize`, `token`, `check`, …).

    `authentication`: how it has proven itself, as its metadata would say (`client_secret_basic`, …, `none`), `bearer`
    by a token; nothing at `authorize`, where it is only named. `scope`, `resource`: as requested; at `check`: as
    needed. `address`: where the request came from. `method`: the HTTP method; at `check` that of the original request.
    """

    server: ServerPolicy
    client: ClientPolicy
    endpoint: str
    now: datetime
    grant_type: str | None = None
    scope: str | None = None
    resource: str | None = None
    address: Address = UNKNOWN
    method: str = "POST"
    authentication: str = ""
    https: bool = True
    token: TokenFacts | None = None
