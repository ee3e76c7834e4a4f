"""The one decision: a request's Authorization header and the scopes that it needs, in; a token or a refusal, out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tokens.resource_server import answers
from tokens.resource_server.answers import Refusal
from tokens.resource_server.token import Token, Unavailable, Verifier

LONGEST_TOKEN = 8192
# RFC 6750 §2.1; the scheme is compared without regard to case.
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


@dataclass(frozen=True, kw_only=True)
class ResourceServer:
    """An API. `audience`: its own identifier, which a token must name (RFC 8707); None: the verifier has seen to it.

    `realm` stands in challenges.
    """

    verifier: Verifier = field(repr=False)
    audience: str | None = None
    realm: str = ""

    def decide(self, authorization: str | None, *needed: str) -> Token | Refusal:
        """R54: whose token it is, if it holds all that is `needed`; where nothing is, it takes a token all the same."""
        if not authorization:
            return answers.no_token(self.realm)
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return answers.no_token(self.realm)
        value = value.strip()
        if not _B64TOKEN.fullmatch(value):
            return answers.invalid_request(self.realm, "The Authorization header holds no bearer token.")
        if len(value) > LONGEST_TOKEN:
            return answers.invalid_token(self.realm)
        try:
            token = self.verifier.verify(value)
        except Unavailable:
            return answers.unavailable()
        if token is None or (self.audience is not None and self.audience not in token.audience):
            return answers.invalid_token(self.realm)
        if not token.scope.issuperset(needed):
            return answers.insufficient_scope(self.realm, needed)
        return token
