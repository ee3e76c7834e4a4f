"""What only the database can say about a client's facts: which names and ids are taken, who and what exists."""

from __future__ import annotations

from collections.abc import Iterator

from accounts.models import User
from clients import namespaces
from clients.client_ids import client_id_fault
from clients.facts import ClientFacts
from clients.models import Client
from clients.names import name_key
from clients.text import forbidden_characters
from clients.validation import Fault


def faults(facts: ClientFacts, *, client: Client | None, client_id: str = "") -> list[Fault]:
    """The faults of `facts` for `client`, or for a new one that asks for `client_id` (empty: generate one)."""
    found = [*_name_taken(facts, client), *_owner_unknown(facts, client), *_namespaces_unknown(facts)]
    return found if client is not None else [*found, *_client_id(client_id)]


def _name_taken(facts: ClientFacts, client: Client | None) -> Iterator[Fault]:
    """R3: a soft-deleted client has no key any more, so its name is free."""
    others = Client.objects.filter(name_key=name_key(facts.name, facts.version))
    if client is not None:
        others = others.exclude(pk=client.pk)
    if others.exists():
        what = f"version {facts.version}" if facts.version.strip() else "no version"
        message = f"A client of this name with {what} exists. Choose another name, or another version."
        yield Fault(field="name", code="taken", message=message)


def _owner_unknown(facts: ClientFacts, client: Client | None) -> Iterator[Fault]:
    """R7: a person, active unless the owner has been deactivated since and stays."""
    if not facts.owner or (client is not None and client.owner is not None and client.owner.username == facts.owner):
        return
    if owner_named(facts.owner) is None:
        yield Fault(field="owner", code="unknown", message=f"There is no active person {facts.owner[:255]!r}.")


def _namespaces_unknown(facts: ClientFacts) -> Iterator[Fault]:
    """R8."""
    for name in namespaces.unknown(facts.namespaces):
        yield Fault(field="namespaces", code="unknown", message=f"There is no namespace {name[:100]!r}.")


def owner_named(username: str) -> User | None:
    """The active person of this user name; service accounts own nothing."""
    if forbidden_characters(username):
        return None  # no user has such a name, and no database takes the question
    return User.objects.filter(username=username, kind=User.Kind.PERSON, is_active=True, deleted_at=None).first()


def _client_id(client_id: str) -> Iterator[Fault]:
    """R6. Ids of soft-deleted clients stay reserved; people and service accounts share one name space."""
    if not client_id:
        return
    if message := client_id_fault(client_id):
        yield Fault(field="client_id", code="client-id", message=message)
    elif Client.objects.filter(client_id=client_id).exists():
        message = "A client of this id exists, or existed and was deleted. Choose another one."
        yield Fault(field="client_id", code="taken", message=message)
    elif User.objects.filter(username=client_id).exists():
        message = "A user of this name exists. Clients and people share one name space: choose another id."
        yield Fault(field="client_id", code="taken", message=message)
