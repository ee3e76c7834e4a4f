"""Who answers for clients (R7): owners hand them over before they leave. And a client's name is not a person's.

Handing over goes through `clients.registration` client by client, all of them or none. Protection guards what a client
is, not who answers for it: whoever may lift it may hand the client over without lifting it; the event says so (R43).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

import audit
from accounts.models import User
from accounts.owning import Owned
from clients import access, answering, registration, writing
from clients.facts import facts_of
from clients.models import Client, PurgedClient
from clients.rules import uniqueness

MOST_NAMED = 5
NEW_OWNER = "new_owner"  # the one for all that are not named singly


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """User names of new owners: `single` by a client's number, `rest` for every other one. Empty: it stays."""

    rest: str = ""
    single: Mapping[int, str] = field(default_factory=dict)
    protected_too: bool = False

    def owner_of(self, client: Client) -> str:
        return self.single.get(client.pk) or self.rest


@dataclass(frozen=True, kw_only=True)
class HandOverFault:
    """`client_pk` None: about the one for all."""

    message: str
    client_pk: int | None = None


class HandOverRefused(Exception):
    """Nothing was handed over."""

    def __init__(self, faults: list[HandOverFault]) -> None:
        super().__init__(" ".join(dict.fromkeys(fault.message for fault in faults)))
        self.faults = faults


def owned_by(person: User) -> QuerySet[Client]:
    """Every client that `person` answers for, by number."""
    clients: QuerySet[Client] = Client.objects.filter(owner=person, deleted_at=None).order_by("pk")
    return clients


def hand_over_first(user: User) -> str | None:
    """Why `user` cannot be deactivated yet, naming the clients, or None."""
    named = list(owned_by(user).values_list("client_id", flat=True)[: MOST_NAMED + 1])
    if not named:
        return None
    listed = ", ".join(named[:MOST_NAMED]) + (" and more" if len(named) > MOST_NAMED else "")
    return f"The user owns clients ({listed}): name another owner for them first."


def client_of_this_name(username: str) -> str | None:
    """A client id, deleted and purged ones too, is no free user name; system clients' are, without an account (R61)."""
    if Client.objects.filter(client_id=username, is_system=False).exists():
        return "A client"
    return "A client that was deleted" if PurgedClient.objects.filter(client_id=username).exists() else None


@transaction.atomic
def hand_over(*, person: User, to: HandOver, by: audit.Actor, now: datetime) -> int:
    """Give the person's clients to their new owners; returns how many. Raises HandOverRefused, ChangedMeanwhile."""
    clients = [client for client in owned_by(person).select_related("owner") if to.owner_of(client)]
    names = {to.owner_of(client) for client in clients}
    answering.hold(names)
    found = [*_owner_faults(person, clients, to), *_protection_faults(clients, to)]
    if found:
        raise HandOverRefused(found)
    for client in clients:
        _give(client, to, by=by, now=now)
    if clients:
        subject = audit.Subject("user", person.pk, person.username)
        detail = {"clients": len(clients), "newOwners": sorted(names)}
        audit.record("user.handed_over", actor=by, subject=subject, at=now, detail=detail)
    return len(clients)


def _give(client: Client, to: HandOver, *, by: audit.Actor, now: datetime) -> None:
    facts = replace(facts_of(client), owner=to.owner_of(client))
    try:
        registration.edit(client=client, facts=facts, by=by, now=now, despite_protection=to.protected_too)
    except writing.Refused as refused:
        message = f"{client.name} cannot be changed as it stands: {refused.faults[0].message}"
        raise HandOverRefused([HandOverFault(message=message, client_pk=client.pk)]) from refused


def _owner_faults(person: User, clients: list[Client], to: HandOver) -> list[HandOverFault]:
    """Each name looked up once."""
    wrong: dict[str, str] = {}
    for name in {to.owner_of(client) for client in clients}:
        if name == person.username:
            wrong[name] = f"{name[:255]} owns them now: name somebody else."
        elif uniqueness.owner_named(name) is None:
            wrong[name] = f"There is no active person {name[:255]!r}."
    faults = [HandOverFault(message=wrong[to.rest])] if to.rest in wrong else []
    return faults + [
        HandOverFault(message=wrong[to.single[client.pk]], client_pk=client.pk)
        for client in clients
        if to.single.get(client.pk) in wrong
    ]


def _protection_faults(clients: list[Client], to: HandOver) -> list[HandOverFault]:
    protected = [client.name for client in clients if client.is_protected]
    if not protected or to.protected_too:
        return []
    listed = ", ".join(protected[:MOST_NAMED]) + (" and more" if len(protected) > MOST_NAMED else "")
    return [HandOverFault(message=f"Protected, so not handed over as they stand: {listed}.")]


# ── What the pages of people say ──


def _count() -> Coalesce:
    owned = Client.objects.filter(owner=OuterRef("pk"), deleted_at=None).order_by().values("owner")
    counted = owned.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _some() -> Q:
    return Q(Exists(Client.objects.filter(owner=OuterRef("pk"), deleted_at=None)))


OWNED = Owned(label="Owns clients", seen_by=access.sees_all, some=_some, count=_count)
