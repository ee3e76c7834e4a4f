"""What oauthlib asks while it walks a grant; every answer was decided in its room before (`tokens.steps`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2 import RequestValidator
from oauthlib.oauth2.rfc8628.grant_types import DeviceCodeGrant

from policies.snapshots import ClientPolicy
from tokens import families, password_grant, user_grants


class Validator(RequestValidator):
    """Thin on purpose: values in, the rooms' decision out."""

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        return True  # and done: also a public client has been found by its name

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        return isinstance(request.client, ClientPolicy)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: ClientPolicy, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        return True  # the evaluator's table has allowed it

    def validate_scopes(
        self, client_id: str, scopes: Sequence[str], client: ClientPolicy, request: Request, *args: Any, **kw: Any
    ) -> bool:
        return all(client.allowed_scope.allows(scope) for scope in scopes)

    def validate_code(self, client_id: str, code: str, client: ClientPolicy, request: Request, *_: Any) -> bool:
        request.found = user_grants.find_code(request.exchange)
        return True

    def get_code_challenge(self, code: str, request: Request) -> None:
        """PKCE was looked at with the code."""

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return False

    def get_default_redirect_uri(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> str:
        return str(request.found.redirect_uri)

    def confirm_redirect_uri(self, *args: Any, **kwargs: Any) -> bool:
        return True

    def invalidate_authorization_code(self, *args: Any, **kwargs: Any) -> None:
        """It was consumed before anything was minted."""

    def validate_user(
        self, username: str, password: str, client: ClientPolicy, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        request.user = password_grant.find_user(request.exchange)
        return True

    def validate_device_code(self, client_id: str, device_code: str, request: Request) -> str:
        request.found = user_grants.find_device_code(request.exchange)
        request.scopes = list(user_grants.reach(request.exchange, request.found.family).scopes)
        return str(DeviceCodeGrant.DEVICE_CODE_AUTHORIZED)

    def validate_refresh_token(
        self, refresh_token: str, client: ClientPolicy, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        request.found = user_grants.find_refresh_token(request.exchange)
        return True

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return list(families.scopes_of(request.found.family))

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        """The token was written where it was minted."""
