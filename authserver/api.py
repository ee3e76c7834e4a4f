"""The management API, joined from the apps' operations; its schema (OpenAPI 3.1) and the page that one reads it on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from csp.decorators import csp_update
from django.urls import URLPattern, include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from accounts.api import OPERATIONS as ACCOUNTS
from accounts.rest import resources
from accounts.rest.operations import Operation
from accounts.rest.schemas import SCHEMAS
from clients.api import OPERATIONS as CLIENTS
from policies.api import OPERATIONS as POLICIES
from tokens.api import OPERATIONS as TOKENS

OPERATIONS: tuple[Operation, ...] = (*CLIENTS, *POLICIES, *TOKENS, *ACCOUNTS)
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An access token of this server, personal ones too."},
    "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": "A session of the console."},
}


def with_components(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Called by the schema's generator: the schemas by name, and how a caller proves who they are."""
    result["components"] = {"schemas": dict(sorted(SCHEMAS.items())), "securitySchemes": SECURITY}
    for methods in result["paths"].values():
        for operation in methods.values():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
    result["security"] = [{"bearer": []}, {"session": []}]
    return result


def only_ours(endpoints: Iterable[Any]) -> list[Any]:
    """Called by the schema's generator: the schema's own address is no operation."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(resources.PREFIX)]


class Schema(SpectacularJSONAPIView):
    """JSON whatever `Accept` says (contracts, Machine addresses). Public: it holds nothing of this server's."""

    authentication_classes = ()
    permission_classes = ()

    def perform_content_negotiation(self, request: Any, force: bool = False) -> Any:
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type


class Reference(SpectacularSwaggerSplitView):
    """Everything on it is packaged with the server, its script too."""

    authentication_classes = ()
    permission_classes = ()


# Its icons are data addresses in a packaged style sheet; its own script sets styles.
_page = csp_update({"img-src": ["'self'", "data:"], "style-src": ["'self'", "'unsafe-inline'"]})

urlpatterns: list[URLPattern | Any] = [
    path("v1/", include(resources.urls(OPERATIONS))),
    path("schema", Schema.as_view(), name="api_schema"),
    path("docs/", _page(Reference.as_view(url_name="api_schema")), name="api_docs"),
]
