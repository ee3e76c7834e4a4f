"""What oauthlib asks while it walks a grant; every answer was decided in its room before (`tokens.steps`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2 import RequestValidator

from policies.snapshots import ClientPolicy


class Validator(RequestValidator):
    """Thin on purpose: values in, the rooms' decision out."""

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        return isinstance(request.client, ClientPolicy)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: ClientPolicy, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        return grant_type in client.grants

    def validate_scopes(
        self, client_id: str, scopes: Sequence[str], client: ClientPolicy, request: Request, *args: Any, **kw: Any
    ) -> bool:
        return all(client.allowed_scope.allows(scope) for scope in scopes)

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        """The token was written where it was minted."""
