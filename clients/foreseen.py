"""The store as many rows of one document meet it: asked once for all of them, and changed as each of them is planned.

A document names ids, names, owners and namespaces; all of them are looked up in a few statements. A row that takes a
name, or gives one up, has done so for the rows after it, just as when they are applied one after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from accounts import server_settings
from accounts.models import User
from clients.documents.planning import ClientPlan
from clients.models import Client, Namespace, PurgedClient
from clients.rules.names import name_key
from clients.rules.text import forbidden_characters
from clients.rules.uniqueness import Store

BATCH = 500
PLANNED = 0  # stands for the number of a client that is not there yet


class Foreseen(Store):
    """Answers for `rows`, as read from JSON, sound or not."""

    def __init__(self, rows: Iterable[object]) -> None:
        named = [row for row in rows if isinstance(row, Mapping)]
        ids = _texts(row.get("clientId") for row in named)
        self._legacy = server_settings.current().legacy_grants
        clients = Client.objects.select_related("owner", "service_account").prefetch_related("namespaces")
        stored = (client for some in _batches(ids) for client in clients.filter(client_id__in=some))
        self._clients: dict[str, Client] = {client.client_id: client for client in stored}
        self._purged = _found(PurgedClient.objects.all(), "client_id", ids)
        self._users = _found(User.objects.all(), "username", ids)
        self._new: set[str] = set()
        owners = _texts(value for row in named for value in (row.get("owner"), row.get("ownerId")))
        people = User.objects.filter(kind=User.Kind.PERSON, is_active=True, deleted_at=None)
        self._owners = {user.username: user for some in _batches(owners) for user in people.filter(username__in=some)}
        self._namespaces = set(Namespace.objects.values_list("name", flat=True))
        self._holders = _holders(named, self._clients.values())

    def legacy_grants(self) -> bool:
        return self._legacy

    def client(self, client_id: str) -> Client | None:
        return self._clients.get(client_id)

    def holder_of(self, key: str) -> int | None:
        return self._holders[key] if key in self._holders else super().holder_of(key)

    def owner_named(self, username: str) -> User | None:
        return self._owners[username] if username in self._owners else super().owner_named(username)

    def has_client(self, client_id: str) -> bool:
        return client_id in self._clients or client_id in self._purged or client_id in self._new

    def has_user(self, username: str) -> bool:
        return username in self._users

    def unknown_namespaces(self, names: tuple[str, ...]) -> list[str]:
        return sorted(set(names) - self._namespaces)

    def foresee(self, plan: ClientPlan) -> None:
        """What `plan` will have done to names and ids when the next row is applied."""
        if plan.action == "none":
            return
        client, facts = plan.client, plan.row.facts.normal()
        if client is not None and client.deleted_at is None:
            self._holders[name_key(client.name, client.version)] = None
        if client is None:
            self._new.add(plan.client_id)
        if not plan.deletes:
            self._holders[name_key(facts.name, facts.version)] = client.pk if client is not None else PLANNED


def _holders(rows: list[Mapping[str, Any]], clients: Iterable[Client]) -> dict[str, int | None]:
    """Who holds the names that the rows speak of; a row that names no version may keep its client's."""
    stored = {client.client_id: client for client in clients}
    keys = set()
    for row in rows:
        known = stored.get(str(row.get("clientId")))
        name = row.get("name", known.name if known else "")
        version = row.get("version", known.version if known else "")
        if isinstance(name, str) and isinstance(version, str) and not forbidden_characters(name + version):
            keys.add(name_key(name.strip(), version.strip()))
    holders: dict[str, int | None] = dict.fromkeys(keys)
    for some in _batches(sorted(keys)):
        holders.update(Client.objects.filter(name_key__in=some).values_list("name_key", "pk"))
    return holders


def _texts(values: Iterable[object]) -> list[str]:
    """Those that a database takes for a question."""
    return sorted({value for value in values if isinstance(value, str) and not forbidden_characters(value)})


def _found(rows: Any, field: str, values: list[str]) -> set[str]:
    return {
        value
        for some in _batches(values)
        for value in rows.filter(**{f"{field}__in": some}).values_list(field, flat=True)
    }


def _batches(values: list[str]) -> Iterator[list[str]]:
    yield from (values[start : start + BATCH] for start in range(0, len(values), BATCH))
