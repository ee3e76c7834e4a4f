"""For Django REST framework: `BearerTokens` authenticates, `require_scope("orders.read")` permits.

The API is named once in settings: `RESOURCE_SERVER = ResourceServer(verifier=…, audience=…)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tokens.resource_server import answers
from tokens.resource_server.answers import Refusal
from tokens.resource_server.for_django import configured
from tokens.resource_server.token import Token


@dataclass(frozen=True)
class Bearer:
    """Who asks, where Django REST framework wants a user: the token's subject."""

    token: Token
    is_authenticated: bool = True

    def __str__(self) -> str:
        return self.token.username or self.token.subject


class Refused(exceptions.APIException):
    """A refusal of RFC 6750 §3, with its challenge."""

    def __init__(self, refusal: Refusal) -> None:
        said = {"error": refusal.error, "error_description": refusal.description} if refusal.error else {}
        super().__init__(said)
        self.status_code = refusal.status
        headers = dict(refusal.headers)
        # The names that Django REST framework's own handler sends these two headers by.
        if "WWW-Authenticate" in headers:
            self.auth_header = headers["WWW-Authenticate"]
        if "Retry-After" in headers:
            self.wait = int(headers["Retry-After"])


class BearerTokens(BaseAuthentication):
    """The token in the Authorization header. None was sent: nobody is known, and the permissions decide."""

    def authenticate(self, request: Request) -> tuple[Bearer, Token] | None:
        authorization = request.headers.get("Authorization")
        if authorization is None or authorization.partition(" ")[0].lower() != "bearer":
            return None
        decided = configured().decide(authorization)
        if isinstance(decided, Refusal):
            raise Refused(decided)
        return Bearer(decided), decided

    def authenticate_header(self, request: Request) -> str:
        """Sent with a 401 that another permission decided."""
        return dict(answers.no_token(configured().realm).headers)["WWW-Authenticate"]


def require_scope(*needed: str) -> type[BasePermission]:
    """A permission class: the request's token holds all that is `needed` (R54, R55)."""

    class HoldsScope(BasePermission):
        """Made by `require_scope`."""

        def has_permission(self, request: Request, view: Any) -> bool:
            if not isinstance(request.auth, Token):
                raise Refused(answers.no_token(configured().realm))
            if not request.auth.scope.issuperset(needed):
                raise Refused(answers.insufficient_scope(configured().realm, needed))
            return True

    return HoldsScope
