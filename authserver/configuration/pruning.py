"""Removing what a document does not name (`manage.py apply --prune`), in the sections that it does name.

What ships with the server, protected clients and the last super-administrator stay. So does what others still need;
that is named with its reason. Each removal asks the room that knows, as the console does. Raises DocumentRefused
where somebody else changes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from accounts import groups, leaving
from accounts.faults import ChangedMeanwhile, Refused
from accounts.holdings import EVERYTHING
from accounts.models import Group, User
from authserver.configuration.changes import Change, Row, Run
from authserver.configuration.faults import DocumentRefused, Fault
from authserver.configuration.shape import NAMED_BY
from clients import namespaces, registration
from clients.life.protection import Unchangeable
from clients.models import Client, Namespace
from clients.writing import ChangedMeanwhile as ClientChanged
from policies.catalogue import removing
from policies.catalogue_changes import CatalogueRefused
from policies.models import Api, Scope

Named = Collection[str]


def prune(rows: dict[str, list[Row]], run: Run, kept: list[Fault]) -> Iterator[Change]:
    """Remove, section by section, every row that `rows` of a section do not name; what stays is added to `kept`.

    Those come first that others wait for: clients list namespaces and are owned by people, scopes belong to APIs.
    """
    for section, candidates in CANDIDATES.items():
        if section not in rows:
            continue
        named = {row[NAMED_BY[section]] for row in rows[section]}
        for found in candidates(named):
            name = getattr(found, NAME_COLUMNS.get(section, "name"))
            try:
                REMOVALS[section](found, run)
            except (Refused, Unchangeable, CatalogueRefused, namespaces.NamespaceRefused) as refused:
                kept.append(Fault(path=f"{section} {name}", message=f"It stays. {_reason(refused)}"))
            except (ChangedMeanwhile, ClientChanged) as error:
                fault = Fault(path=f"{section} {name}", message="Somebody else changed it meanwhile; apply again.")
                raise DocumentRefused([fault]) from error
            else:
                yield Change(action="remove", section=section, name=name, changes={})


def _clients(named: Named) -> Iterator[Client]:
    standing = Client.objects.filter(deleted_at=None, is_system=False)
    return _unnamed(standing.order_by("client_id"), "client_id", named)


def _scopes(named: Named) -> Iterator[Scope]:
    return _unnamed(Scope.objects.filter(shipped=False).order_by("name"), "name", named)


def _apis(named: Named) -> Iterator[Api]:
    """Those of shipped scopes are the server's own."""
    return _unnamed(Api.objects.exclude(scopes__shipped=True).order_by("name"), "name", named)


def _namespaces(named: Named) -> Iterator[Namespace]:
    return _unnamed(Namespace.objects.order_by("name"), "name", named)


def _users(named: Named) -> Iterator[User]:
    """Service accounts come and go with their clients."""
    people = User.objects.filter(kind=User.Kind.PERSON, deleted_at=None)
    return _unnamed(people.order_by("username"), "username", named)


def _groups(named: Named) -> Iterator[Group]:
    return _unnamed(Group.objects.filter(shipped=False).order_by("name"), "name", named)


def _unnamed(rows: Any, column: str, named: Named) -> Iterator[Any]:
    """Read name by name: a row is loaded when its turn comes, as the removals before it have left it."""
    for key, name in list(rows.values_list("pk", column)):
        if name not in named:
            yield rows.model.objects.get(pk=key)


def _end_user(user: User, run: Run) -> None:
    leaving.delete(user=user, by=run.by, giver=EVERYTHING, now=run.now)


def _end_group(group: Group, run: Run) -> None:
    groups.delete(group=group, by=run.by, giver=EVERYTHING, now=run.now)


def _reason(refused: Exception) -> str:
    """What a room gave as its reason, without the key that it stands at."""
    if isinstance(refused, Refused):
        return " ".join(fault.message for fault in refused.faults)
    if isinstance(refused, CatalogueRefused | namespaces.NamespaceRefused):
        return " ".join(message for _, message in refused.faults)
    return str(refused)


CANDIDATES: dict[str, Callable[[Named], Iterator[Any]]] = {
    "clients": _clients,
    "scopes": _scopes,
    "apis": _apis,
    "namespaces": _namespaces,
    "users": _users,
    "groups": _groups,
}
REMOVALS: dict[str, Callable[[Any, Run], None]] = {
    "clients": lambda client, run: registration.delete(client=client, by=run.by, now=run.now),
    "scopes": lambda scope, run: removing.delete_scope(scope, by=run.by, now=run.now),
    "apis": lambda api, run: removing.delete_api(api, by=run.by, now=run.now),
    "namespaces": lambda namespace, run: namespaces.delete(namespace=namespace, by=run.by, now=run.now),
    "users": _end_user,
    "groups": _end_group,
}
NAME_COLUMNS = {"clients": "client_id", "users": "username"}
