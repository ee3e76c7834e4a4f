"""This server as a document (`manage.py export`): what `apply` reads, without passwords, secrets and deleted rows.

One transaction sees one state. Rows stand in the order of their names and keys in the order of the schema, so that two
exports differ only where the servers do. It comes in pieces, batch by batch: a server may hold 100,000 clients.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet

import audit
from accounts import groups, people, server_settings
from accounts.models import Group, User
from clients import namespaces, shipped
from clients.documents.document import to_document
from clients.models import Client, Namespace
from policies import catalogue_changes
from policies.models import Api, Scope

Row = dict[str, Any]
Found = TypeVar("Found", User, Client)
BATCH = 500


def export(*, sections: Sequence[str], by: audit.Actor, now: datetime) -> Iterator[str]:
    """The document's text in pieces; `sections` are names out of SECTIONS. Recorded before the first piece leaves."""
    audit.record("configuration.exported", actor=by, at=now, detail={"sections": list(sections)})
    with transaction.atomic():
        _see_one_state()
        yield "{"
        for number, section in enumerate(section for section in SECTIONS if section in sections):
            yield f'{"," if number else ""}\n  "{section}": '
            yield from _settings() if section == SETTINGS else _list(ROWS[section]())
        yield "\n}\n"


def _see_one_state() -> None:
    """SQLite's transactions always do."""
    if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _settings() -> Iterator[str]:
    yield _indented(server_settings.values_of(server_settings.current()), by=2).lstrip()


def _list(rows: Iterable[Row]) -> Iterator[str]:
    empty = True
    for row in rows:
        yield ("[\n" if empty else ",\n") + _indented(row)
        empty = False
    yield "[]" if empty else "\n  ]"


def _indented(row: Row, *, by: int = 4) -> str:
    return textwrap.indent(json.dumps(row, ensure_ascii=False, indent=2), " " * by)


def _groups() -> Iterator[Row]:
    for group in Group.objects.order_by("name"):
        yield {"name": group.name, **_by_keys(groups.facts_of(group), groups.DOCUMENT_KEYS)}


def _users() -> Iterator[Row]:
    """People; and of service accounts, which come with their clients, those that were given something."""
    for user in _batches(User.objects.filter(deleted_at=None).prefetch_related("groups"), by="username"):
        row = {"username": user.username, **_by_keys(people.facts_of(user), people.DOCUMENT_KEYS)}
        if user.kind == User.Kind.PERSON:
            yield row
        elif row["groups"] or row["allowedScope"]:  # its permissions stand with its client (R9)
            yield {key: row[key] for key in ("username", "groups", "allowedScope")}


def _namespaces() -> Iterator[Row]:
    for namespace in Namespace.objects.order_by("name"):
        facts = namespaces.facts_of(namespace)
        yield {
            "name": namespace.name,
            "description": facts.description,
            "administrators": list(facts.administrators),
        }


def _apis() -> Iterator[Row]:
    for api in Api.objects.order_by("name"):
        yield {"name": api.name, **catalogue_changes.values_of_api(api)}


def _scopes() -> Iterator[Row]:
    for scope in Scope.objects.select_related("api").order_by("name"):
        yield {"name": scope.name, **catalogue_changes.values_of_scope(scope)}


def _clients() -> Iterator[Row]:
    """Without the development client, which a production server must never hold (R61)."""
    standing = Client.objects.filter(deleted_at=None).exclude(client_id=shipped.TEST_CLIENT, is_system=True)
    related = standing.select_related("owner", "service_account").prefetch_related("namespaces")
    return (to_document(client) for client in _batches(related, by="client_id"))


def _batches(rows: QuerySet[Found], *, by: str) -> Iterator[Found]:
    """All of `rows` in the order of this unique column, a batch at a time."""
    ordered, last = rows.order_by(by), None
    while batch := list((ordered.filter(**{f"{by}__gt": last}) if last is not None else ordered)[:BATCH]):
        yield from batch
        last = getattr(batch[-1], by)


def _by_keys(facts: object, keys: Mapping[str, str]) -> Row:
    values = {key: getattr(facts, name) for name, key in keys.items()}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


SETTINGS = "settings"
ROWS: dict[str, Callable[[], Iterator[Row]]] = {
    "groups": _groups,
    "users": _users,
    "namespaces": _namespaces,
    "apis": _apis,
    "scopes": _scopes,
    "clients": _clients,
}
SECTIONS = (SETTINGS, *ROWS)
