"""Whether a client may be changed at all (R43): protected and system-owned ones refuse it, saying why.

Setting and lifting protection is not here yet; this is the refusal, on which every write relies.
"""

from __future__ import annotations

from clients.models import Client


class Unchangeable(Exception):
    """The client refuses to be changed; the message is a public sentence."""


class Protected(Unchangeable):
    """R43: an administrator protected it; protection must be lifted first."""

    def __init__(self, client: Client) -> None:
        by = f" by {client.protected_by}" if client.protected_by else ""
        super().__init__(f"This client is protected{by}: {client.protected_reason or 'no reason is given'}")


class SystemOwned(Unchangeable):
    """R61: it belongs to the server itself."""

    def __init__(self) -> None:
        super().__init__("This client belongs to the server itself and cannot be changed.")


def demand_changeable(client: Client, *, despite_protection: bool = False) -> None:
    """Raise Unchangeable unless `client` may be edited, reset, switched and deleted.

    `despite_protection`: protection binds the console; documents pass, and their event says so (R44).
    """
    if client.is_system:
        raise SystemOwned
    if client.is_protected and not despite_protection:
        raise Protected(client)
