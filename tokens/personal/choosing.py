"""What a person may choose for a token of their own (R52): the client, scopes of client ∩ person, and its end. Pure but
for the two questions to the store at the top.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.authorization import holding_of
from accounts.holdings import lacking_scopes
from accounts.models import User
from clients.models import Client
from clients.rules import grant_types
from clients.rules.text import fault_of_line
from policies.catalogue.reach import Matcher
from policies.models import Scope

LONGEST_NAME = 100
MOST_DAYS = 365
NEVER = "never"
DAYS = (7, 30, 90, MOST_DAYS)
USUAL_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a field of the form."""

    field: str
    message: str


def clients_with() -> list[Client]:
    """The clients for which people may make tokens of their own, by name (one statement)."""
    rows = Client.objects.filter(
        is_active=True, deleted_at=None, grant_types__contains=grant_types.PERSONAL_ACCESS_TOKEN
    )
    found = rows.select_related("owner").order_by("name", "version", "pk")
    return [client for client in found if grant_types.PERSONAL_ACCESS_TOKEN in client.grants]


def scopes_for(client: Client, user: User) -> list[Scope]:
    """Scopes of the catalogue that the client may be granted and the person holds (contracts, Holding), by name."""
    catalogue = {scope.name: scope for scope in Scope.objects.select_related("api").order_by("name")}
    allowed = Matcher(frozenset(catalogue)).reached(client.allowed_scope)
    lacked = set(lacking_scopes(holding_of(user), allowed))
    return [scope for name, scope in catalogue.items() if name in allowed and name not in lacked]


def name_faults(name: str) -> list[Fault]:
    if not name:
        return [Fault(field="name", message="Give it a name: what it is for, and where it is kept.")]
    fault = fault_of_line(name, longest=LONGEST_NAME)
    return [Fault(field="name", message=fault)] if fault else []


def scope_faults(chosen: Collection[str], *, offered: Collection[str]) -> list[Fault]:
    """R52: scopes are within what client and person have in common."""
    if not chosen:
        return [Fault(field="scopes", message="Choose what it may do: at least one scope.")]
    beyond = sorted(set(chosen) - set(offered))
    if not beyond:
        return []
    return [Fault(field="scopes", message=f"{beyond[0][:100]} is not yours to give here: leave it out.")]


def ends(chosen: str, *, client: Client, now: datetime) -> datetime | None:
    """When it ends; `chosen`: a number of days, or `never`. Raises ValueError with a sentence.

    Without an end only where the client's own tokens have none (R28).
    """
    if chosen == NEVER:
        if client.access_tokens_never_expire:
            return None
        raise ValueError("Tokens of this client end: choose after how many days.")
    if not (chosen.isascii() and chosen.isdigit() and 1 <= int(chosen[:6]) <= MOST_DAYS):
        raise ValueError(f"Choose 1 to {MOST_DAYS} days.")
    return now + timedelta(days=int(chosen))
