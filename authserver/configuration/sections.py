"""Making rows what a document says: one function a section, each asking the room that knows the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from accounts import server_settings
from accounts.faults import Refused
from accounts.holdings import EVERYTHING
from authserver.configuration.changes import Change, Changes, Row, Run
from authserver.configuration.faults import DocumentRefused, Fault, at
from authserver.configuration.people import apply_group, apply_user
from clients import namespaces
from clients.documents import applying, planning
from clients.models import Namespace
from policies import catalogue_changes
from policies.models import Api, Scope

Section = Callable[[Row, str, Run], Change | None]


def apply_settings(row: Row, path: str, run: Run) -> Change | None:
    """The one settings row (R62)."""
    try:
        changes = server_settings.change(by=run.by, values=row, giver=EVERYTHING)
    except Refused as refused:
        raise at(path, ((fault.key, fault.message) for fault in refused.faults)) from refused
    return _change("settings", "server", changes, existed=True)


def apply_namespace(row: Row, path: str, run: Run) -> Change | None:
    """Create or change a namespace (R8)."""
    stored = Namespace.objects.filter(name=row["name"]).first()
    base = namespaces.facts_of(stored) if stored else namespaces.NamespaceFacts()
    given: Any = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items() if key != "name"
    }
    try:
        changes = namespaces.save(name=row["name"], facts=replace(base, **given), by=run.by, now=run.now)
    except namespaces.NamespaceRefused as refused:
        raise at(path, refused.faults) from refused
    return _change("namespaces", row["name"], changes, existed=stored is not None)


def apply_client(row: Row, path: str, run: Run) -> Change | None:
    """Create or change a client; a secret is never shown."""
    try:
        plan = planning.Planner(now=run.now, secrets=run.secrets).plan(row, path=path)
        if plan.action == "none":
            return None
        applying.apply_client(plan, by=run.by, now=run.now)
    except planning.DocumentRefused as refused:
        faults = [Fault(path=fault.path, message=fault.message, line=fault.line) for fault in refused.faults]
        raise DocumentRefused(faults) from refused
    return Change(action=plan.action, section="clients", name=plan.client_id, changes=plan.changes)


def apply_api(row: Row, path: str, run: Run) -> Change | None:
    """Create or change an API; its introspectors may be new in the same document."""
    existed = Api.objects.filter(name=row["name"]).exists()
    return _catalogue(catalogue_changes.save_api, "apis", row, path, run, existed=existed)


def apply_scope(row: Row, path: str, run: Run) -> Change | None:
    """Create or change a scope."""
    existed = Scope.objects.filter(name=row["name"]).exists()
    return _catalogue(catalogue_changes.save_scope, "scopes", row, path, run, existed=existed)


def _catalogue(
    save: Callable[..., Changes], section: str, row: Row, path: str, run: Run, *, existed: bool
) -> Change | None:
    values: dict[str, Any] = {key: value for key, value in row.items() if key != "name"}
    try:
        return _change(section, row["name"], save(row["name"], values, by=run.by, now=run.now), existed=existed)
    except catalogue_changes.CatalogueRefused as refused:
        raise at(path, refused.faults) from refused


def _change(section: str, name: str, changes: Changes, *, existed: bool) -> Change | None:
    if existed and not changes:
        return None
    return Change(action="change" if existed else "add", section=section, name=name, changes=changes)


SECTIONS: dict[str, Section] = {
    "settings": apply_settings,
    "groups": apply_group,
    "users": apply_user,
    "namespaces": apply_namespace,
    "clients": apply_client,
    "apis": apply_api,
    "scopes": apply_scope,
}
