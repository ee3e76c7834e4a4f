"""One authorization request, as its steps fill it in: the parameters first, then what each check finds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from clients.models import Client
from policies.decision import ALLOW, Decision
from policies.resources import Reach
from policies.snapshots import ClientPolicy, ServerPolicy
from tokens import form_request
from tokens.authorize.errors import Shown
from tokens.errors import OAuthError
from tokens.form_request import Form
from tokens.id_token_hints import Hint
from tokens.redirects import ResponseMode

LONGEST = 32_000  # bytes of all parameters together
# Ours: a mark of the time when a person was asked to sign in (`tokens.authorize.asking`).
AGAIN = "again"


@dataclass(kw_only=True)
class AuthorizationRequest:
    """`pairs`: the parameters in their order, without ours. `repeated`: names that came more than once."""

    pairs: Sequence[tuple[str, str]] = field(repr=False)
    form: Form = field(repr=False)
    repeated: tuple[str, ...]
    again: str = ""
    now: datetime
    address: str = ""
    method: str = "GET"
    https: bool = True

    at: Callable[[AuthorizationRequest], None] | None = None  # the check that is being asked
    policy: ServerPolicy = field(init=False)
    client: Client = field(init=False)
    client_policy: ClientPolicy = field(init=False)
    redirect_uri: str = field(init=False)
    decision: Decision = ALLOW
    response_mode: ResponseMode = "query"
    response_type: str = ""
    reach: Reach = field(init=False)
    prompts: frozenset[str] = frozenset()
    max_age: int | None = None
    hint: Hint | None = None

    @property
    def state(self) -> str | None:
        """RFC 6749 §4.1.2: "the exact value received"; none where it came twice."""
        return None if "state" in self.repeated else self.form.get("state")

    @property
    def query(self) -> str:
        """The request as a query, the same as it came."""
        return urlencode(self.pairs)

    @property
    def digest(self) -> str:
        """What a form or a mark is bound to: a request with any other parameter has another digest."""
        return hashlib.sha256(self.query.encode()).hexdigest()


def read(
    *parts: bytes, now: datetime, address: str = "", method: str = "GET", https: bool = True
) -> AuthorizationRequest:
    """The parameters of a query, and of a body where there is one; `address`: the browser's.

    Raises Shown for what cannot be read.
    """
    text = b"&".join(part for part in parts if part)
    if len(text) > LONGEST:
        raise Shown("the request is too long", f"The application sent more than {LONGEST:,} characters.")
    try:
        pairs = form_request.read_pairs(text)
    except OAuthError as error:
        raise Shown("the request cannot be read", error.description) from error
    ours = [value for name, value in pairs if name == AGAIN]
    pairs = [(name, value) for name, value in pairs if name != AGAIN]
    return AuthorizationRequest(
        pairs=pairs,
        form=form_request.as_form(pairs),
        repeated=tuple(form_request.repeated(pairs)),
        again=ours[0] if len(ours) == 1 else "",
        now=now,
        address=address,
        method=method,
        https=https,
    )
