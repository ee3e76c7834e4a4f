"""Users and groups as a document says them (contracts, Documents)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

import audit
from accounts import usernames
from accounts.models import Group, User
from accounts.permissions import Permission
from authserver.configuration.faults import at
from policies.scopes import allowed_scope_faults

Changes = dict[str, list[Any]]
USER_KEYS = {
    "email": "email",
    "isSuperuser": "is_superuser",
    "isActive": "is_active",
    "permissions": "permissions",
    "allowedScope": "allowed_scope",
    "givenName": "given_name",
    "familyName": "family_name",
    "claims": "claims",
}
GROUP_KEYS = {"permissions": "permissions", "allowedScope": "allowed_scope"}
CONCEALED = "CONCEALED"


def save_group(row: Mapping[str, Any], path: str, *, by: audit.Actor, now: datetime) -> tuple[Changes, bool]:
    """Create or change; returns what changed, and whether the group existed. Raises DocumentRefused."""
    _demand_sound(row, path)
    group = Group.objects.filter(name=row["name"]).first()
    existed = group is not None
    group = group or Group(name=row["name"])
    changes = _set(group, row, GROUP_KEYS, existed=existed)
    if changes or not existed:
        group.save()
        _record("group", group.pk, group.name, changes, existed=existed, by=by, now=now)
    return changes, existed


def save_user(row: Mapping[str, Any], path: str, *, by: audit.Actor, now: datetime) -> tuple[Changes, bool]:
    """Create or change a person. A changed password, or an end of `isActive`, ends the person's tokens."""
    user = User.objects.filter(username=row["username"]).first()
    _demand_user_sound(row, path, user)
    existed = user is not None
    user = user or User(username=row["username"], password=make_password(None))
    changes = _set(user, row, USER_KEYS, existed=existed)
    if "password" in row and not check_password(row["password"], user.password):
        user.set_password(row["password"])
        changes["password"] = [CONCEALED if existed else None, CONCEALED]
    if existed and ("password" in changes or changes.get("isActive") == [True, False]):
        user.token_epoch += 1
    if changes or not existed:
        user.save()
    changes |= _set_groups(user, row, path, existed=existed)
    if changes or not existed:
        _record("user", user.pk, user.username, changes, existed=existed, by=by, now=now)
    return changes, existed


def _demand_user_sound(row: Mapping[str, Any], path: str, user: User | None) -> None:
    username = row["username"]
    if user is not None and (user.kind != User.Kind.PERSON or user.deleted_at is not None):
        raise at(path, {"username": "It is the name of a service account, or of somebody deleted."})
    if user is None and (fault := usernames.username_fault(username) or usernames.taken_fault(username)):
        raise at(path, {"username": fault})
    faults: dict[str, str] = {}
    if row.get("email"):
        faults |= _raised("email", lambda: validate_email(row["email"]))
    if "password" in row and not (user and check_password(row["password"], user.password)):
        faults |= _raised("password", lambda: validate_password(row["password"], user or User(username=username)))
    if faults:
        raise at(path, faults)
    _demand_sound(row, path)


def _raised(key: str, check: Any) -> dict[str, str]:
    try:
        check()
    except ValidationError as error:
        return {key: " ".join(error.messages)}
    return {}


def _demand_sound(row: Mapping[str, Any], path: str) -> None:
    known = {str(permission) for permission in Permission}
    unknown = [name for name in row.get("permissions", ()) if name not in known]
    if unknown:
        raise at(path, {"permissions": f"There is no permission {unknown[0]}. Known: {', '.join(sorted(known))}."})
    if faults := allowed_scope_faults(row.get("allowedScope", "")):
        raise at(path, {"allowedScope": " ".join(faults)})


def _set(target: User | Group, row: Mapping[str, Any], keys: Mapping[str, str], *, existed: bool) -> Changes:
    changes: Changes = {}
    for key, column in keys.items():
        if key not in row:
            continue
        value = sorted(row[key]) if key == "permissions" else row[key]
        before = getattr(target, column)
        if not existed or before != value:
            changes[key] = [before if existed else None, value]
            setattr(target, column, value)
    return changes


def _set_groups(user: User, row: Mapping[str, Any], path: str, *, existed: bool) -> Changes:
    if "groups" not in row:
        return {}
    groups = list(Group.objects.filter(name__in=row["groups"]))
    unknown = sorted(set(row["groups"]) - {group.name for group in groups})
    if unknown:
        raise at(path, {"groups": f"There is no group {unknown[0]}."})
    before = sorted(user.groups.values_list("name", flat=True))
    if before == sorted(row["groups"]):
        return {}
    user.groups.set(groups)
    return {"groups": [before if existed else None, sorted(row["groups"])]}


def _record(kind: str, pk: int, name: str, changes: Changes, *, existed: bool, by: audit.Actor, now: datetime) -> None:
    event = f"{kind}.changed" if existed else f"{kind}.created"
    audit.record(event, actor=by, subject=audit.Subject(kind, pk, name), changes=changes, at=now)
