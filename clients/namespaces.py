"""Namespaces (R8): making, changing and deleting them, and giving them to a client. Atomic, and audited.

Values and faults go by the documents' words (contracts, Documents).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

import audit
from accounts.models import User
from clients.facts import ClientFacts
from clients.models import Client, Namespace
from clients.rules.text import fault_of_line, forbidden_characters, named, normal_lines

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 2000
MOST_CLIENTS_NAMED = 5

Changes = dict[str, list[Any]]


class NamespaceRefused(Exception):
    """Why a namespace cannot be saved or deleted: `[(key, sentence)]`. Nothing was written."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{key}: {sentence}" for key, sentence in faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class NamespaceFacts:
    """What people decide about a namespace, beside its name. `administrators` are user names."""

    description: str = ""
    administrators: tuple[str, ...] = ()

    def normal(self) -> NamespaceFacts:
        """The same facts as they are stored and compared."""
        return NamespaceFacts(
            description=normal_lines(self.description).strip(), administrators=tuple(sorted(set(self.administrators)))
        )


def facts_of(namespace: Namespace) -> NamespaceFacts:
    """One statement beside the row."""
    standing = namespace.administrators.filter(deleted_at=None).values_list("username", flat=True)
    return NamespaceFacts(description=namespace.description, administrators=tuple(standing)).normal()


def faults(name: str, facts: NamespaceFacts) -> list[tuple[str, str]]:
    """Everything wrong with a namespace of this name."""
    return [*_name_faults(name), *_description_faults(facts.description), *_administrator_faults(facts)]


def _name_faults(name: str) -> Iterator[tuple[str, str]]:
    if not name.strip() or name != name.strip():
        yield "name", "A namespace's name is not empty, and has no space at either end."
    elif fault := fault_of_line(name, longest=LONGEST_NAME):
        yield "name", fault


def _description_faults(text: str) -> Iterator[tuple[str, str]]:
    text = normal_lines(text)
    if offending := forbidden_characters(text, several_lines=True):
        yield "description", f"Remove {named(offending)}: control characters are not allowed."
    elif len(text) > LONGEST_DESCRIPTION:
        yield "description", f"Use at most {LONGEST_DESCRIPTION} characters; this has {len(text)}."


def _administrator_faults(facts: NamespaceFacts) -> Iterator[tuple[str, str]]:
    known = set(_people(facts.administrators).values_list("username", flat=True))
    for username in sorted(set(facts.administrators) - known):
        yield "administrators", f"There is no active person {username[:255]!r}."


def _people(usernames: tuple[str, ...]) -> Any:
    sound = [username for username in usernames if not forbidden_characters(username)]
    return User.objects.filter(username__in=sound, kind=User.Kind.PERSON, is_active=True, deleted_at=None)


@transaction.atomic
def save(*, name: str, facts: NamespaceFacts, by: audit.Actor, now: datetime) -> Changes:
    """Make the namespace `name` what `facts` say, or create it; returns `{key: [old, new]}`.

    Raises NamespaceRefused.
    """
    stored = Namespace.objects.filter(name=name).first() if not forbidden_characters(name) else None
    before = facts_of(stored) if stored else None
    if found := [fault for fault in faults(name, facts) if not _stays(fault, facts, before)]:
        raise NamespaceRefused(found)
    facts = facts.normal()
    changes = _differences(before, facts)
    if stored is not None and not changes:
        return {}
    namespace = stored or Namespace(name=name)
    namespace.description = facts.description
    namespace.save()
    namespace.administrators.set(User.objects.filter(username__in=facts.administrators))
    _record("namespace.changed" if stored else "namespace.created", namespace, by, now, changes)
    return changes


def _stays(fault: tuple[str, str], facts: NamespaceFacts, before: NamespaceFacts | None) -> bool:
    """An administrator who was deactivated since may stay until somebody takes them out."""
    kept = before is not None and before.administrators == facts.normal().administrators
    return kept and fault[0] == "administrators"


def _differences(before: NamespaceFacts | None, after: NamespaceFacts) -> Changes:
    old = asdict(before) if before else {"description": None, "administrators": None}
    return {key: [_plain(old[key]), _plain(new)] for key, new in asdict(after).items() if old[key] != new}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@transaction.atomic
def delete(*, namespace: Namespace, by: audit.Actor, now: datetime) -> None:
    """End a namespace that no client lists, a deleted client neither. Raises NamespaceRefused, naming the clients."""
    users = list(Client.objects.filter(namespaces=namespace).order_by("pk").values_list("name", flat=True)[:6])
    if users:
        listed = ", ".join(users[:MOST_CLIENTS_NAMED]) + (" and more" if len(users) > MOST_CLIENTS_NAMED else "")
        raise NamespaceRefused([("name", f"Clients list it: {listed}. Take it out of them first.")])
    _record("namespace.deleted", namespace, by, now, {})
    namespace.delete()


def _record(kind: str, namespace: Namespace, by: audit.Actor, now: datetime, changes: Changes) -> None:
    subject = audit.Subject("namespace", namespace.pk, namespace.name)
    audit.record(kind, actor=by, subject=subject, changes=changes, at=now)


# ── Of a client ──


def unknown(names: tuple[str, ...]) -> list[str]:
    """Those of `names` that are no namespace, in order (one statement)."""
    sound = [name for name in names if not forbidden_characters(name)]
    known = set(Namespace.objects.filter(name__in=sound).values_list("name", flat=True)) if sound else set()
    return sorted(set(names) - known)


def assign(client: Client, facts: ClientFacts) -> None:
    """Store the namespaces of normal, sound `facts`; the caller has the client's row, and writes the event."""
    rows: Mapping[str, Namespace] = {row.name: row for row in Namespace.objects.filter(name__in=facts.namespaces)}
    client.namespaces.set(rows.values())
    primary = rows.get(facts.primary_namespace)
    if client.primary_namespace_id != (primary.pk if primary else None):
        Client.objects.filter(pk=client.pk).update(primary_namespace=primary)
        client.primary_namespace = primary
