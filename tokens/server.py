"""The oauthlib server: one grant object a grant type, in one table. The long way of `/token`.

By the time oauthlib is asked, the client is authenticated and scope, audience and lifetime are decided in their
rooms; oauthlib walks the grant's own protocol and calls back through `tokens.validator`. For client credentials the
short way (`tokens.endpoints`) skips that walk, and a differential test holds the two together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.grant_types import (
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
    ResourceOwnerPasswordCredentialsGrant,
)
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase
from oauthlib.oauth2.rfc6749.tokens import TokenBase
from oauthlib.oauth2.rfc8628.grant_types import DeviceCodeGrant

from clients.rules import grant_types
from tokens import issuance, password_grant, user_grants
from tokens.errors import OAuthError
from tokens.exchange import Exchange
from tokens.validator import Validator

Answer = dict[str, Any]


def _client_credentials(request: Request) -> Answer:
    exchange: Exchange = request.exchange
    return issuance.client_credentials_token(
        caller=exchange.caller,
        scopes=tuple(request.scopes),
        audiences=exchange.audiences,
        expires=exchange.expires,
        now=exchange.now,
    )


def _authorization_code(request: Request) -> Answer:
    return user_grants.redeem_code(request.exchange, request.found)


def _password(request: Request) -> Answer:
    return password_grant.grant(request.exchange, request.user)


def _device_code(request: Request) -> Answer:
    return user_grants.redeem_device_code(request.exchange, request.found)


def _refresh_token(request: Request) -> Answer:
    return user_grants.refresh(request.exchange, request.found, scopes=tuple(request.scopes))


_validator = Validator()
# Grant type → oauthlib's walk through its protocol, and what mints at its end.
GRANTS: Mapping[str, tuple[GrantTypeBase, Callable[[Request], Answer]]] = {
    grant_types.AUTHORIZATION_CODE: (AuthorizationCodeGrant(_validator), _authorization_code),
    grant_types.CLIENT_CREDENTIALS: (ClientCredentialsGrant(_validator), _client_credentials),
    grant_types.DEVICE_CODE: (DeviceCodeGrant(_validator), _device_code),
    grant_types.PASSWORD: (ResourceOwnerPasswordCredentialsGrant(_validator), _password),
    grant_types.REFRESH_TOKEN: (RefreshTokenGrant(_validator), _refresh_token),
}


class Tokens(TokenBase):
    """Where oauthlib asks for tokens."""

    def create_token(self, request: Request, refresh_token: bool = False, **_: Any) -> Answer:
        _walk, mint = GRANTS[request.grant_type]
        return mint(request)


_tokens = Tokens()


def create_token_response(exchange: Exchange) -> Answer:
    """The answer's JSON. Raises OAuthError as oauthlib and the rooms decide, hot_path.Stale as the database does."""
    request = Request("/token", "POST", dict(exchange.form), {})
    request.exchange = exchange
    request.client = exchange.caller.client
    request.scopes = list(exchange.scopes)
    walk, _mint = GRANTS[exchange.grant_type]
    _headers, body, status = walk.create_token_response(request, _tokens)
    answer: Answer = json.loads(body)
    if status != 200:
        raise OAuthError(answer["error"], answer.get("error_description", ""), status=status)
    return answer
