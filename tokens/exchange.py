"""One request at a machine endpoint, as its steps fill it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

import audit
from policies.budgets import Meter
from policies.decision import Watched
from policies.snapshots import ServerPolicy
from tokens.client_authentication import Authenticated, Presented
from tokens.form_request import NO_FORM, Form


@dataclass(kw_only=True)
class Exchange:
    """Plain values of the request, then what each step adds. `https`: how the request reached us; `meta`: its headers.

    `now`: when the request came, then when its body had been read.
    """

    endpoint: str
    method: str
    content_type: str
    content_length: str
    chunked: bool
    query: str
    authorization: str
    address: str
    request_id: str
    https: bool
    stream: BinaryIO = field(repr=False)
    now: datetime
    meta: Mapping[str, Any] = field(repr=False)

    form: Form = field(default_factory=lambda: NO_FORM, repr=False)
    policy: ServerPolicy = field(init=False)
    claim: Presented | None = None
    authenticated: Authenticated | None = None
    assertion_used: bool = False
    meter: Meter = field(default_factory=Meter, repr=False)
    remembered: bool = False
    grant_type: str = ""
    scopes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    expires: datetime | None = None
    watched: tuple[Watched, ...] = ()
    asked_about: str = ""
    answer_headers: dict[str, str] = field(default_factory=dict)

    @property
    def caller(self) -> Authenticated:
        """The authenticated client; a step that needs it stands behind the one that authenticates."""
        if self.authenticated is None:
            raise RuntimeError("No client has been authenticated yet.")
        return self.authenticated

    @property
    def actor(self) -> audit.Actor:
        """The client for the audit trail: proven, or only claimed and then never with an id."""
        if self.authenticated is not None:
            client = self.authenticated.client
            return audit.Actor(client.client_id, None, self.address, self.request_id)
        claimed = self.claim.client_id[:100] if self.claim else ""
        return audit.Actor(claimed, None, self.address, self.request_id)
