"""A bearer token of this server as the API's caller (R9, R24): it acts for its subject, within its scopes.

Network rules, budget and delay of the token's client hold here as at every endpoint (R37, R41).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import authorization
from accounts.connections import give_back
from accounts.models import User
from accounts.permissions import Permission, scope_of
from accounts.rest.refusals import Refusal, missing
from policies import delays, rate_limits
from policies.shipped import API_AUDIENCE
from tokens import acting, bearer, endpoints, gateway, steps
from tokens.errors import OAuthError
from tokens.exchange import Exchange
from tokens.hot_path import StoredToken
from tokens.models import AccessToken

ENDPOINT = "api"
OF_SCOPE = {scope_of(permission): permission for permission in Permission}


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """What the token lets its subject do, and the request as the endpoints see it."""

    permissions: frozenset[str]
    exchange: Exchange

    @property
    def headers(self) -> dict[str, str]:
        """What is left of the client's budget (R41)."""
        return dict(rate_limits.headers(self.exchange.meter.charge))

    def wait(self) -> None:
        """The client's delay (R40), behind the answer; no connection is held meanwhile. Raises Refusal 429."""
        bounds = self.exchange.caller.client.delay_for(self.exchange.method)
        if not bounds:
            return
        give_back()
        try:
            delays.wait(delays.draw(bounds))
        except delays.TooManyWaiting as error:
            message = "Too many requests are waiting."
            raise Refusal(429, "slow_down", message, headers={"Retry-After": "5"}) from error

    def needs(self, permission: str) -> str:
        """The scope that is missing for `permission`, or nothing: then the subject itself lacks it."""
        return "" if permission in self.permissions else scope_of(permission)


class BearerAuthentication(BaseAuthentication):
    """RFC 6750 §2.1: the Authorization header alone."""

    def authenticate(self, request: Request) -> tuple[User, Authorization] | None:
        """None where no token is shown: a session may be the caller. Raises Refusal."""
        exchange = endpoints.exchange_of(ENDPOINT, request._request)
        if not bearer.presented(exchange.authorization):
            return None
        try:
            steps.charge_address(exchange)
            token = acting.prove(exchange, gateway.presented(exchange))
            steps.apply_policy(exchange)
        except OAuthError as refusal:
            raise _refused(exchange, refusal) from refusal
        endpoints.note_bearer(exchange)
        permissions = permitted(token)
        return _subject(token, permissions), Authorization(permissions=permissions, exchange=exchange)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="authserver"'


def permitted(token: StoredToken) -> frozenset[str]:
    """The permissions that its scopes let through, where it is meant for this API (RFC 9068 §4)."""
    if API_AUDIENCE not in token.audiences:
        return frozenset()
    return frozenset(OF_SCOPE[name] for name in token.scope.split() if name in OF_SCOPE)


def _subject(token: StoredToken, permissions: frozenset[str]) -> User:
    """R24: the service account for client credentials, else the person."""
    number = AccessToken.objects.filter(pk=token.pk).values_list("user_id", flat=True).first()
    user = User.objects.filter(pk=number, is_active=True, deleted_at=None).first() if number else None
    if user is None:
        raise missing("of any kind: the client has no service account")
    authorization.bind(user, permissions)
    return user


def _refused(exchange: Exchange, refusal: OAuthError) -> Refusal:
    """With its reference, as at every endpoint."""
    response = endpoints.refused(exchange, refusal)
    headers: dict[str, Any] = {name: value for name, value in response.items() if name != "Content-Type"}
    code = refusal.code or "not_authenticated"
    return Refusal(refusal.status, code, refusal.description or "Send an access token.", headers=headers)
