"""What only the database can say about a client's facts: which names and ids are taken, who and what exists."""

from __future__ import annotations

from collections.abc import Iterator

from accounts import server_settings
from accounts.models import User
from clients import namespaces
from clients.facts import ClientFacts
from clients.models import Client, PurgedClient
from clients.rules.client_ids import client_id_fault
from clients.rules.names import name_key
from clients.rules.text import forbidden_characters
from clients.rules.validation import Fault

ID_TAKEN = "A client of this id exists, or existed and was deleted. Choose another one."


class Store:
    """The database, asked each time. `clients.foreseen` answers the same for many clients at once."""

    def legacy_grants(self) -> bool:
        """R20's setting."""
        return server_settings.current().legacy_grants

    def client(self, client_id: str) -> Client | None:
        """The stored client of this id, deleted ones too, with owner and service account."""
        found: Client | None = (
            Client.objects.select_related("owner", "service_account").filter(client_id=client_id).first()
        )
        return found

    def holder_of(self, key: str) -> int | None:
        """The number of the live client that has this name key (R3): a soft-deleted one has none any more."""
        holder: int | None = Client.objects.filter(name_key=key).values_list("pk", flat=True).first()
        return holder

    def owner_named(self, username: str) -> User | None:
        """The active person of this user name; service accounts own nothing."""
        if forbidden_characters(username):
            return None  # no user has such a name, and no database takes the question
        return User.objects.filter(username=username, kind=User.Kind.PERSON, is_active=True, deleted_at=None).first()

    def has_client(self, client_id: str) -> bool:
        """Whether it is a client's, or was one's: ids are never given again (R3, R47)."""
        return (
            Client.objects.filter(client_id=client_id).exists()
            or PurgedClient.objects.filter(client_id=client_id).exists()
        )

    def unknown_namespaces(self, names: tuple[str, ...]) -> list[str]:
        """Those that are no namespace (R8), in order."""
        return namespaces.unknown(names)

    def has_user(self, username: str) -> bool:
        return User.objects.filter(username=username).exists()


STORE = Store()


def faults(facts: ClientFacts, *, client: Client | None, client_id: str = "", store: Store = STORE) -> list[Fault]:
    """The faults of `facts` for `client`, or for a new one that asks for `client_id` (empty: generate one)."""
    found = [
        *_name_taken(facts, client, store),
        *_owner_unknown(facts, client, store),
        *_namespaces_unknown(facts, store),
    ]
    return found if client is not None else [*found, *_client_id(client_id, store)]


def _name_taken(facts: ClientFacts, client: Client | None, store: Store) -> Iterator[Fault]:
    holder = store.holder_of(name_key(facts.name, facts.version))
    if holder is not None and (client is None or holder != client.pk):
        what = f"version {facts.version}" if facts.version.strip() else "no version"
        message = f"A client of this name with {what} exists. Choose another name, or another version."
        yield Fault(field="name", code="taken", message=message)


def _owner_unknown(facts: ClientFacts, client: Client | None, store: Store) -> Iterator[Fault]:
    """R7: a person, active unless the owner has been deactivated since and stays."""
    if not facts.owner or (client is not None and client.owner is not None and client.owner.username == facts.owner):
        return
    if store.owner_named(facts.owner) is None:
        yield unknown_owner(facts.owner)


def unknown_owner(username: str) -> Fault:
    return Fault(field="owner", code="unknown", message=f"There is no active person {username[:255]!r}.")


def _namespaces_unknown(facts: ClientFacts, store: Store) -> Iterator[Fault]:
    """R8."""
    for name in store.unknown_namespaces(facts.namespaces):
        yield Fault(field="namespaces", code="unknown", message=f"There is no namespace {name[:100]!r}.")


def owner_named(username: str) -> User | None:
    """The active person of this user name."""
    return STORE.owner_named(username)


def _client_id(client_id: str, store: Store) -> Iterator[Fault]:
    """R6. Ids of deleted clients stay reserved; people and service accounts share one name space."""
    if not client_id:
        return
    if message := client_id_fault(client_id):
        yield Fault(field="client_id", code="client-id", message=message)
    elif store.has_client(client_id):
        yield Fault(field="client_id", code="taken", message=ID_TAKEN)
    elif store.has_user(client_id):
        message = "A user of this name exists. Clients and people share one name space: choose another id."
        yield Fault(field="client_id", code="taken", message=message)
