"""What of the catalogue depends on a client (R47): APIs that it introspects for, scopes that it may be granted."""

from __future__ import annotations

from clients.life.lifecycle import Breakage
from clients.models import Client
from policies.models import Scope
from policies.scopes import AllowedScope

MOST_NAMED = 4


def apis_served(client: Client) -> Breakage:
    """APIs that lose a caller which may introspect their tokens (R56)."""
    names = list(client.introspects.order_by("name").values_list("name", flat=True))
    return Breakage(
        count=len(names),
        one="API that it introspects tokens for",
        several="APIs that it introspects tokens for",
        ends=False,
        names=tuple(names[:MOST_NAMED]),
    )


def scopes_held(client: Client) -> Breakage:
    """Scopes of the catalogue that its allowed scope lets through (R33)."""
    allowed = AllowedScope(client.allowed_scope)
    catalogue = Scope.objects.order_by("name").values_list("name", flat=True) if client.allowed_scope else []
    names = [name for name in catalogue if allowed.allows(name)]
    return Breakage(
        count=len(names),
        one="scope that it may be granted",
        several="scopes that it may be granted",
        ends=False,
        names=tuple(names[:MOST_NAMED]),
    )
