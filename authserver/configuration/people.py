"""Rows of `users` and `groups`: read here, decided and saved in `accounts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts import groups, people
from accounts.faults import ChangedMeanwhile, Refused
from accounts.holdings import EVERYTHING
from accounts.models import Group, User
from authserver.configuration.changes import Change, PreparedPassword, Row, Run
from authserver.configuration.faults import DocumentRefused, Fault, at


def apply_group(row: Row, path: str, run: Run) -> Change | None:
    """Create or change a group."""
    stored = Group.objects.filter(name=row["name"]).first()
    base = groups.facts_of(stored) if stored else groups.GroupFacts()
    try:
        facts = replace(base, **_given(row, groups.DOCUMENT_KEYS))
        changes = groups.save(name=row["name"], facts=facts, by=run.by, giver=EVERYTHING, now=run.now)
    except Refused as refused:
        raise at(path, ((fault.key, fault.message) for fault in refused.faults)) from refused
    except ChangedMeanwhile as error:
        raise _changed_meanwhile(path) from error
    if stored and not changes:
        return None
    return Change(action="change" if stored else "add", section="groups", name=row["name"], changes=changes)


def apply_user(row: Row, path: str, run: Run) -> Change | None:
    """Create or change a person, or give a service account what it may hold."""
    username = row["username"]
    stored = User.objects.filter(username=username).first()
    password = _new_password(row, stored, run)
    base = people.facts_of(stored) if stored else people.UserFacts()
    facts = replace(base, **_given(row, people.DOCUMENT_KEYS))
    acting: Any = {"by": run.by, "giver": EVERYTHING, "now": run.now}  # as super-administrator
    try:
        if stored is None:
            people.create(username=username, facts=facts, password_hash=password, **acting)
            changes = people.differences(people.UserFacts(), facts.normal())
            changes |= {"password": [None, people.CONCEALED]} if password else {}
            return Change(action="add", section="users", name=username, changes=changes)
        changes = people.change(user=stored, facts=facts, password_hash=password, **acting)
    except Refused as refused:
        raise at(path, ((fault.key, fault.message) for fault in refused.faults)) from refused
    except ChangedMeanwhile as error:
        raise _changed_meanwhile(path) from error
    return Change(action="change", section="users", name=username, changes=changes) if changes else None


def _changed_meanwhile(path: str) -> DocumentRefused:
    return DocumentRefused([Fault(path=path, message="Somebody else changed the same meanwhile; apply it again.")])


def _given(row: Row, keys: Mapping[str, str]) -> dict[str, Any]:
    """What the row says, by the facts' names; a key left out keeps its value."""
    values = {name: row[key] for name, key in keys.items() if key in row}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def waits_for_clients(row: Row, clients: Iterable[str]) -> bool:
    """Whether a user's row comes after the clients: a service account that they make, or an owner who leaves (R7)."""
    if row["username"] in clients and set(row) <= {"username", *people.OF_SERVICE_ACCOUNTS}:
        return True
    stored = User.objects.filter(username=row["username"]).first()
    if stored is None:
        return False
    return stored.kind == User.Kind.SERVICE or (stored.is_active and row.get("isActive") is False)


def new_passwords(rows: Iterable[Row]) -> dict[str, PreparedPassword]:
    """The hash for each password that is not the stored one.

    Argon2 takes its time, so this runs before the transaction, which on SQLite holds everybody else's writes.
    """
    given = {row["username"]: row["password"] for row in rows if "password" in row}
    stored = dict(User.objects.filter(username__in=given).values_list("username", "password"))
    prepared = {}
    for username, password in given.items():
        before = stored.get(username)
        same = before is not None and check_password(password, before)
        prepared[username] = PreparedPassword(compared_with=before, hash=None if same else make_password(password))
    return prepared


def _new_password(row: Row, stored: User | None, run: Run) -> str | None:
    """The hash to store, or None where the password stays. Compared again if somebody has set one meanwhile."""
    prepared = run.passwords.get(row["username"])
    if prepared is None:
        return None
    current = stored.password if stored else None
    if current is None or current == prepared.compared_with:
        return prepared.hash
    if check_password(row["password"], current):
        return None
    return prepared.hash or make_password(row["password"])


def weak_passwords(rows: Iterable[tuple[Row, str]]) -> Iterable[Fault]:
    """A document is written by whoever runs the server: a weak password is accepted, and named."""
    for row, path in rows:
        if "password" not in row:
            continue
        try:
            validate_password(row["password"], User(username=row["username"], email=row.get("email", "")))
        except ValidationError as error:
            yield Fault(path=f"{path}.password", message=" ".join(error.messages))
