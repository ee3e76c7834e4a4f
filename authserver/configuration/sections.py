"""Making rows what a document says, one function a section, in the order in which rows may refer to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import audit
from accounts import server_settings
from authserver.configuration import people
from authserver.configuration.faults import DocumentRefused, Fault, at
from clients import applying
from policies import catalogue_changes
from policies.models import Api, Scope

Changes = Mapping[str, list[Any]]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What applying one row did, or would do. `action`: `add` or `change`."""

    action: str
    section: str
    name: str
    changes: Changes


@dataclass(frozen=True, kw_only=True)
class Run:
    """Who applies, when."""

    by: audit.Actor
    now: datetime


SETTINGS = {
    "accessTokenLifetime": "access_token_lifetime",
    "requireHttps": "require_https",
    "legacyGrants": "legacy_grants",
}
SCOPE_KEYS = {"description": "description", "default": "is_default", "sensitive": "is_sensitive"}
API_KEYS = {"audience": "audience", "description": "description"}


def apply_settings(row: Mapping[str, Any], _: str, run: Run) -> Change | None:
    values = {SETTINGS[key]: value for key, value in row.items()}
    return _change("settings", "server", server_settings.change(by=run.by, values=values), existed=True)


def apply_api(row: Mapping[str, Any], path: str, run: Run) -> Change | None:
    existed = Api.objects.filter(name=row["name"]).exists()
    values = {column: row[key] for key, column in API_KEYS.items() if key in row}
    return _catalogue("apis", row["name"], path, existed, lambda: catalogue_changes.save_api(
        row["name"], values, by=run.by, now=run.now
    ))  # fmt: skip


def apply_scope(row: Mapping[str, Any], path: str, run: Run) -> Change | None:
    existed = Scope.objects.filter(name=row["name"]).exists()
    values = {column: row[key] for key, column in SCOPE_KEYS.items() if key in row}
    if "api" in row:
        values["api"] = Api.objects.filter(name=row["api"]).first() if row["api"] else None
        if row["api"] and values["api"] is None:
            raise at(path, {"api": f"There is no API {row['api']}."})
    return _catalogue("scopes", row["name"], path, existed, lambda: catalogue_changes.save_scope(
        row["name"], values, by=run.by, now=run.now
    ))  # fmt: skip


def apply_introspectors(row: Mapping[str, Any], path: str, run: Run) -> Change | None:
    """After the clients, which may be new in the same document."""
    if "introspectors" not in row:
        return None
    api = Api.objects.get(name=row["name"])
    return _catalogue("apis", row["name"], path, True, lambda: catalogue_changes.set_introspectors(
        api, row["introspectors"], by=run.by, now=run.now
    ))  # fmt: skip


def apply_client(row: Mapping[str, Any], path: str, run: Run) -> Change | None:
    try:
        plan = applying.plan_client(row, now=run.now, path=path)
        if plan.action == "none":
            return None
        applying.apply_client(plan, by=run.by, now=run.now)
    except applying.DocumentRefused as refused:
        raise DocumentRefused([_as_fault(fault) for fault in refused.faults]) from refused
    return Change(action=plan.action, section="clients", name=plan.client_id, changes=plan.changes)


def apply_user(row: Mapping[str, Any], path: str, run: Run) -> Change | None:
    changes, existed = people.save_user(row, path, by=run.by, now=run.now)
    return _change("users", row["username"], changes, existed=existed)


def apply_group(row: Mapping[str, Any], path: str, run: Run) -> Change | None:
    changes, existed = people.save_group(row, path, by=run.by, now=run.now)
    return _change("groups", row["name"], changes, existed=existed)


Section = Callable[[Mapping[str, Any], str, Run], Change | None]
# Groups before the users who join them; APIs before scopes; users before the clients they own; then who introspects.
SECTIONS: tuple[tuple[str, Section], ...] = (
    ("settings", apply_settings),
    ("groups", apply_group),
    ("users", apply_user),
    ("apis", apply_api),
    ("scopes", apply_scope),
    ("clients", apply_client),
    ("apis", apply_introspectors),
)


def _catalogue(section: str, name: str, path: str, existed: bool, save: Callable[[], Changes]) -> Change | None:
    try:
        return _change(section, name, save(), existed=existed)
    except catalogue_changes.CatalogueRefused as refused:
        raise at(path, refused.faults) from refused


def _change(section: str, name: str, changes: Changes, *, existed: bool) -> Change | None:
    if existed and not changes:
        return None
    return Change(action="change" if existed else "add", section=section, name=name, changes=changes)


def _as_fault(fault: Any) -> Fault:
    where = f"{fault.path}: line {fault.line}" if fault.line is not None else fault.path
    return Fault(path=where, message=fault.message)
