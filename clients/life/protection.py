"""Whether a client may be changed at all (R43): protected and system-owned ones refuse it, saying why.

The refusal, on which every write relies, and what a reason must be. Protection is set and lifted in
`clients.registration`, where every write is.
"""

from __future__ import annotations

from clients.models import Client
from clients.rules.text import fault_of_line, normal_lines

LONGEST_REASON = 1000


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


class NotProtected(Unchangeable):
    """There is no protection to lift."""

    def __init__(self) -> None:
        super().__init__("This client is not protected.")


class NoReason(Exception):
    """R43 requires a reason, and this is none; the message is a public sentence."""


def normal_reason(reason: str) -> str:
    """The reason as it is kept, on one line whatever the line ends that were typed. Raises NoReason."""
    reason = normal_lines(reason).replace("\n", " ").strip()
    if not reason:
        raise NoReason("Say why: a reason is required.")
    if fault := fault_of_line(reason, longest=LONGEST_REASON):
        raise NoReason(fault)
    return reason


def demand_changeable(client: Client, *, despite_protection: bool = False) -> None:
    """Raise Unchangeable unless `client` may be edited, reset, switched and deleted.

    `despite_protection`: protection binds the console; documents pass, and their event says so (R44).
    """
    if client.is_system:
        raise SystemOwned
    if client.is_protected and not despite_protection:
        raise Protected(client)
