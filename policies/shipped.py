"""The shipped scope catalogue (contracts, Meaning). None of these belongs to an API."""

from policies.models import Scope

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


def put_in_place() -> None:
    """Create what is missing; what an administrator has changed stays changed."""
    for name, description in SHIPPED_SCOPES.items():
        Scope.objects.get_or_create(
            name=name,
            defaults={"description": description, "is_sensitive": name in SENSITIVE, "shipped": True},
        )
