"""The shipped scope catalogue (contracts, Meaning): the standard's scopes, and those of the server's own API.

Of every permission there is a scope of that API (R9, R24): what a token does there takes both.
"""

from accounts.permissions import SENTENCES, Permission, scope_of
from policies.models import Api, Scope

SHIPPED_SCOPES = {
    "openid": "Confirm who you are.",
    "profile": "See your name and picture.",
    "email": "See your e-mail address.",
    "address": "See your postal address.",
    "phone": "See your telephone number.",
    "offline_access": "Keep access while you are away.",
    "RegisteredClient": "Be known as a registered client.",
    "authorization.introspect": "Ask this server whether a token holds.",
}
SENSITIVE = frozenset({"authorization.introspect"})
API_AUDIENCE = "urn:authserver:api"
API_NAME = "authserver"
API_DESCRIPTION = "The management API of this server, under /api/v1/."


def put_in_place() -> None:
    """Create what is missing; what an administrator has changed stays changed."""
    for name, description in SHIPPED_SCOPES.items():
        Scope.objects.get_or_create(
            name=name,
            defaults={"description": description, "is_sensitive": name in SENSITIVE, "shipped": True},
        )
    api = _own_api()
    there = set(Scope.objects.filter(api=api).values_list("name", flat=True))
    for permission in Permission:
        name = scope_of(permission)
        if name not in there:
            mine = {"description": SENTENCES[permission], "is_sensitive": True, "shipped": True, "api": api}
            Scope.objects.get_or_create(name=name, defaults=mine)


def _own_api() -> Api:
    """Known by its audience; its name may be somebody else's already."""
    free = not Api.objects.filter(name=API_NAME).exists()
    name = API_NAME if free else f"{API_NAME} (its own API)"
    api, _ = Api.objects.get_or_create(audience=API_AUDIENCE, defaults={"name": name, "description": API_DESCRIPTION})
    return api
