"""Who may introspect an API's tokens (R56), and what keeps one of them from it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from clients import access
from clients.models import Client
from policies.models import Api
from policies.scopes import INTROSPECT, AllowedScope


@dataclass(frozen=True, kw_only=True)
class Introspector:
    """`hindrance`: why it cannot introspect although it is named, or nothing. `seen`: by the viewer."""

    client: Client
    hindrance: str
    seen: bool


def introspectors_of(api: Api, viewer: User) -> list[Introspector]:
    """Two statements."""
    clients = list(api.introspectors.filter(deleted_at=None).order_by("name", "version", "pk"))
    seen = set(access.visible_to(viewer).filter(introspects=api).values_list("pk", flat=True))
    return [Introspector(client=client, hindrance=_hindrance(client), seen=client.pk in seen) for client in clients]


def _hindrance(client: Client) -> str:
    if not client.is_active:
        return "inactive"
    if not client.confidential:
        return "public: it cannot authenticate"
    return "" if AllowedScope(client.allowed_scope).allows(INTROSPECT) else f"not allowed {INTROSPECT}"
