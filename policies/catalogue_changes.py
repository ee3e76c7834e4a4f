"""Changing the scope catalogue and the APIs: checked, audited, and known to every worker at its next request.

Values and faults go by the documents' words (contracts, Documents).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

import audit
from accounts import server_settings
from clients.models import Client
from clients.rules.text import fault_of_line, forbidden_characters, named, normal_lines
from policies.models import Api, Scope
from policies.scopes import name_fault
from policies.shipped import API_AUDIENCE

Changes = dict[str, list[Any]]
LONGEST_NAME = 100
LONGEST_AUDIENCE = 2000
LONGEST_DESCRIPTION = 2000
SCOPE_COLUMNS = {"description": "description", "default": "is_default", "sensitive": "is_sensitive"}
API_COLUMNS = {"audience": "audience", "description": "description"}
# RFC 3986 §2: what may stand in a URI without fragment; a percent sign comes before two hexadecimal digits.
_URI = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


class CatalogueRefused(Exception):
    """Why a scope or an API cannot be saved: `[(key, sentence)]`. Nothing was written."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{key}: {sentence}" for key, sentence in faults))
        self.faults = faults


def audience_fault(audience: str) -> str | None:
    """RFC 8707 §2: "an absolute URI", which "MUST NOT include a fragment component"."""
    if not audience or len(audience) > LONGEST_AUDIENCE:
        return f"An audience has 1 to {LONGEST_AUDIENCE} characters."
    if "#" in audience:
        return "An audience has no fragment (RFC 8707)."
    if not _URI.fullmatch(audience):
        return "An audience is a URI: printable ASCII without spaces, with anything else percent-encoded."
    try:
        parts = urlsplit(audience)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return "It is not a URI."
    hierarchical = audience[len(parts.scheme) :].startswith("://")
    if not parts.scheme or not (parts.hostname if hierarchical else parts.path):
        return "An audience is an absolute URI, such as https://orders.example."
    return None


def save_scope(name: str, values: Mapping[str, Any], *, by: audit.Actor, now: datetime) -> Changes:
    """Create or change the scope `name`; `values` as in a document, `api` an API's name or None.

    Returns `{key: [old, new]}`, empty where nothing changed. Raises CatalogueRefused.
    """
    found = [("name", fault)] if (fault := name_fault(name)) else []
    found += _description_faults(values)
    api = Api.objects.filter(name=values["api"]).first() if values.get("api") else None
    if values.get("api") and api is None:
        found.append(("api", f"There is no API {values['api'][:100]!r}."))
    if found:
        raise CatalogueRefused(found)
    stored = Scope.objects.select_related("api").filter(name=name).first()
    if stored is not None and "api" in values and _leaves_own_api(stored, api):
        raise CatalogueRefused([("api", "A scope of the server's own API stays with it.")])
    before = values_of_scope(stored) if stored else None
    scope = stored or Scope(name=name)
    _set(scope, values, SCOPE_COLUMNS)
    if "api" in values:
        scope.api = api
    return _save(scope, before, values_of_scope(scope), by=by, now=now)


def _leaves_own_api(scope: Scope, api: Api | None) -> bool:
    return scope.shipped and scope.api is not None and scope.api != api and scope.api.audience == API_AUDIENCE


def save_api(name: str, values: Mapping[str, Any], *, by: audit.Actor, now: datetime) -> Changes:
    """Create or change the API `name`; `values` as in a document, introspectors too (R56). Raises CatalogueRefused."""
    stored = Api.objects.filter(name=name).first()
    before = values_of_api(stored) if stored else None
    wanted = {"audience": "", "description": "", "introspectors": [], **(before or {}), **values}
    if before is not None and before["audience"] == API_AUDIENCE != wanted["audience"]:
        raise CatalogueRefused([("audience", "The server's own API keeps its audience.")])
    if found := [*_api_faults(name, wanted)]:
        raise CatalogueRefused(found)
    api = stored or Api(name=name)
    _set(api, values, API_COLUMNS)
    after = {**_values_of_columns(api), "introspectors": sorted(wanted["introspectors"])}
    introspectors = Client.objects.filter(client_id__in=wanted["introspectors"], deleted_at=None)
    return _save(api, before, after, by=by, now=now, introspectors=list(introspectors))


def _api_faults(name: str, wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not name.strip() or name != name.strip():
        yield "name", "An API's name is not empty, and has no space at either end."
    elif fault := fault_of_line(name, longest=LONGEST_NAME):
        yield "name", fault
    if fault := audience_fault(wanted["audience"]):
        yield "audience", fault
    elif Api.objects.filter(audience=wanted["audience"]).exclude(name=name).exists():
        yield "audience", "Another API has this audience."
    yield from _description_faults(wanted)
    known = Client.objects.filter(client_id__in=wanted["introspectors"], deleted_at=None)
    for client_id in sorted(set(wanted["introspectors"]) - set(known.values_list("client_id", flat=True))):
        yield "introspectors", f"There is no client {client_id[:255]!r}."


def _description_faults(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    text = normal_lines(values.get("description", ""))
    if offending := forbidden_characters(text, several_lines=True):
        return [("description", f"Remove {named(offending)}: control characters are not allowed.")]
    if len(text) > LONGEST_DESCRIPTION:
        return [("description", f"Use at most {LONGEST_DESCRIPTION} characters; this has {len(text)}.")]
    return []


def values_of_scope(scope: Scope) -> dict[str, Any]:
    """A stored scope in the documents' words, without its name."""
    columns = {key: getattr(scope, column) for key, column in SCOPE_COLUMNS.items()}
    return {**columns, "api": scope.api.name if scope.api else None}


def _values_of_columns(api: Api) -> dict[str, Any]:
    return {key: getattr(api, column) for key, column in API_COLUMNS.items()}


def values_of_api(api: Api) -> dict[str, Any]:
    """A stored API in the documents' words, without its name; reads its introspectors."""
    ids = api.introspectors.filter(deleted_at=None).values_list("client_id", flat=True)
    return {**_values_of_columns(api), "introspectors": sorted(ids)}


def _set(row: Scope | Api, values: Mapping[str, Any], columns: Mapping[str, str]) -> None:
    for key, column in columns.items():
        if key in values:
            setattr(row, column, normal_lines(values[key]).strip() if key == "description" else values[key])


@transaction.atomic
def _save(
    row: Scope | Api,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    *,
    by: audit.Actor,
    now: datetime,
    introspectors: list[Client] | None = None,
) -> Changes:
    old = before or dict.fromkeys(after)
    changes = {key: [old[key], after[key]] for key in after if old[key] != after[key]}
    if before is not None and not changes:
        return {}
    row.save()
    if isinstance(row, Api) and introspectors is not None:
        row.introspectors.set(introspectors)
    server_settings.bump_policy_version()
    word = type(row).__name__.lower()
    kind = f"{word}.created" if before is None else f"{word}.changed"
    audit.record(kind, actor=by, subject=audit.Subject(word, row.pk, row.name), changes=changes, at=now)
    return changes
