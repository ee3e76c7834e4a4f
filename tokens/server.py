"""The oauthlib server: one grant object a grant type, in one table. The long way of `/token`.

By the time oauthlib is asked, the client is authenticated and scope, audience and lifetime are decided in their
rooms; oauthlib walks the grant's own protocol and calls back through `tokens.validator`. For client credentials the
short way (`tokens.endpoints`) skips that walk, and a differential test holds the two together.
"""

from __future__ import annotations

import json
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.grant_types import ClientCredentialsGrant
from oauthlib.oauth2.rfc6749.tokens import TokenBase

from tokens.errors import OAuthError
from tokens.exchange import Exchange
from tokens.issuance import client_credentials_token
from tokens.validator import Validator


class AccessTokens(TokenBase):
    """Where oauthlib asks for a token: minted and written by `tokens.issuance`."""

    def create_token(self, request: Request, refresh_token: bool = False, **_: Any) -> dict[str, Any]:
        exchange: Exchange = request.exchange
        return client_credentials_token(
            caller=exchange.caller,
            scopes=tuple(request.scopes),
            audiences=exchange.audiences,
            expires=exchange.expires,
            now=exchange.now,
        )


_validator = Validator()
_tokens = AccessTokens()
GRANTS = {"client_credentials": ClientCredentialsGrant(_validator)}


def create_token_response(exchange: Exchange) -> dict[str, Any]:
    """The answer's JSON. Raises OAuthError as oauthlib decides, hot_path.Stale as the database does."""
    request = Request("/token", "POST", dict(exchange.form), {})
    request.exchange = exchange
    request.client = exchange.caller.client
    request.scopes = list(exchange.scopes)
    _, body, status = GRANTS[exchange.grant_type].create_token_response(request, _tokens)
    answer: dict[str, Any] = json.loads(body)
    if status != 200:
        raise OAuthError(answer["error"], answer.get("error_description", ""), status=status)
    return answer
