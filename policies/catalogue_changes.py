"""Changing the scope catalogue and the APIs: checked, audited, and known to every worker at its next request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import audit
from accounts import server_settings
from clients.models import Client
from policies.models import Api, Scope
from policies.scopes import name_fault

Changes = dict[str, list[Any]]
LONGEST_AUDIENCE = 2000


class CatalogueRefused(Exception):
    """Why a scope or an API cannot be saved: `{document key: sentence}`."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


def audience_fault(audience: str) -> str | None:
    """RFC 8707 §2: an absolute URI, which MUST NOT include a fragment."""
    try:
        parts = urlsplit(audience)
    except ValueError:
        return "It is not a URI."
    if not audience.isascii() or any(c <= " " for c in audience) or len(audience) > LONGEST_AUDIENCE:
        return f"It is printable ASCII without spaces, at most {LONGEST_AUDIENCE} characters."
    if not parts.scheme or not (parts.netloc or parts.path):
        return "It is an absolute URI, such as https://orders.example."
    return "It has no fragment." if "#" in audience else None


def save_scope(name: str, values: dict[str, Any], *, by: audit.Actor, now: datetime) -> Changes:
    """Create or change the scope `name`. `values`: description, api (an Api or None), is_default, is_sensitive.

    Returns `{column: [old, new]}`, empty where nothing changed. Raises CatalogueRefused.
    """
    if fault := name_fault(name):
        raise CatalogueRefused({"name": fault})
    stored = Scope.objects.select_related("api").filter(name=name).first()
    return _save(Scope(name=name) if stored is None else stored, stored is not None, values, by=by, now=now)


def save_api(name: str, values: dict[str, Any], *, by: audit.Actor, now: datetime) -> Changes:
    """Create or change the API `name`. `values`: audience, description. Raises CatalogueRefused."""
    stored = Api.objects.filter(name=name).first()
    audience = values.get("audience", stored.audience if stored else "")
    if fault := audience_fault(audience):
        raise CatalogueRefused({"audience": fault})
    if Api.objects.filter(audience=audience).exclude(name=name).exists():
        raise CatalogueRefused({"audience": "Another API has this audience."})
    return _save(Api(name=name) if stored is None else stored, stored is not None, values, by=by, now=now)


def set_introspectors(api: Api, client_ids: Iterable[str], *, by: audit.Actor, now: datetime) -> Changes:
    """Who may introspect tokens for `api` (R56). Raises CatalogueRefused for a client that does not exist."""
    wanted = set(client_ids)
    clients = list(Client.objects.filter(client_id__in=wanted, deleted_at=None))
    unknown = sorted(wanted - {client.client_id for client in clients})
    if unknown:
        raise CatalogueRefused({"introspectors": f"There is no client {unknown[0]}."})
    before = sorted(api.introspectors.values_list("client_id", flat=True))
    if before == sorted(wanted):
        return {}
    api.introspectors.set(clients)
    changes = {"introspectors": [before, sorted(wanted)]}
    _record("api.changed", api, changes, by=by, now=now)
    return changes


def _save(row: Scope | Api, exists: bool, values: dict[str, Any], *, by: audit.Actor, now: datetime) -> Changes:
    changes: Changes = {
        column: [_shown(getattr(row, column)) if exists else None, _shown(value)]
        for column, value in values.items()
        if not exists or getattr(row, column) != value
    }
    if exists and not changes:
        return {}
    for column, value in values.items():
        setattr(row, column, value)
    row.save()
    kind = type(row).__name__.lower()
    _record(f"{kind}.changed" if exists else f"{kind}.created", row, changes, by=by, now=now)
    return changes or {"name": [None, row.name]}


def _record(kind: str, row: Scope | Api, changes: Changes, *, by: audit.Actor, now: datetime) -> None:
    server_settings.bump_policy_version()
    subject = audit.Subject(type(row).__name__.lower(), row.pk, row.name)
    audit.record(kind, actor=by, subject=subject, changes=changes, at=now)


def _shown(value: Any) -> Any:
    return value.name if isinstance(value, Api) else value
