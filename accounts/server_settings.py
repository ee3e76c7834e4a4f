"""What administrators decide for the whole server (R62): reading it, and changing it with its event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

import audit
from accounts.branding.logo import LogoRefused, of_uri
from accounts.faults import Fault, Refused
from accounts.holdings import NOTHING, Holding
from accounts.models import ServerSettings
from accounts.upstream import facts as upstream


def current() -> ServerSettings:
    """The settings as they stand in the database now (one statement; the logo is read when somebody looks at it)."""
    return ServerSettings.objects.defer("logo").get(pk=1)


def https_required(stored: ServerSettings) -> bool:
    """`require_https`, whose default is on outside development (R62)."""
    if stored.require_https is None:
        return not settings.AUTHSERVER.development
    return stored.require_https


def bump_policy_version() -> None:
    """Make every worker forget, at its next request, what it decided from cached policy."""
    ServerSettings.objects.filter(pk=1).update(policy_version=F("policy_version") + 1)


LOGO, UPSTREAM = "logo", "upstream"
# The documents' word for each setting (contracts, Documents), and its column.
DOCUMENT_KEYS = {
    "accessTokenLifetime": "access_token_lifetime",
    "authorizationCodeLifetime": "authorization_code_lifetime",
    "refreshTokenLifetime": "refresh_token_lifetime",
    "requireHttps": "require_https",
    "requirePkce": "require_pkce",
    "legacyGrants": "legacy_grants",
    "selfRegistration": "self_registration",
    "dynamicRegistration": "dynamic_registration",
    "requireSecondFactor": "require_second_factor",
    "protectionBindsApi": "protection_binds_api",
    "retention": "retention",
    "addressBudget": "address_budget",
    "allowWithoutCounters": "allow_without_counters",
    "brandName": "brand_name",
    "brandColour": "brand_colour",
    "brandLogo": LOGO,
    "privacyUrl": "privacy_url",
    "supportUrl": "support_url",
    "upstream": UPSTREAM,
}


class ChangedMeanwhile(Exception):
    """Somebody else changed these settings since they were read; nothing was written. `keys`: in documents' words."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


def values_of(stored: ServerSettings) -> dict[str, Any]:
    """`{document key: value}` of every setting, without secrets."""
    return {key: _shown(key, getattr(stored, column)) for key, column in DOCUMENT_KEYS.items()}


def _shown(key: str, value: Any) -> Any:
    return upstream.shown(value) if key == UPSTREAM else value


@transaction.atomic
def change(
    *, by: audit.Actor, values: Mapping[str, Any], seen: Mapping[str, Any] | None = None, giver: Holding = NOTHING
) -> dict[str, list[Any]]:
    """Set `{document key: value}`; returns and audits what really changed, as `{document key: [old, new]}`.

    `seen`: what the caller took the settings for; raises ChangedMeanwhile where one of `values` is another by now.
    `giver`: what the caller holds, which bounds the groups that the sign-in provider's people may join (R36).
    Raises Refused for a logo or a provider that cannot be taken.
    """
    stored = ServerSettings.objects.select_for_update().get(pk=1)
    before = {key: _shown(key, getattr(stored, DOCUMENT_KEYS[key])) for key in values}
    if moved := [key for key in values if seen is not None and key in seen and seen[key] != before[key]]:
        raise ChangedMeanwhile(moved)
    columns = _columns(values, stored, giver)
    changed = {column: value for column, value in columns.items() if getattr(stored, column) != value}
    changes = {key: [before[key], _shown(key, changed[column])] for key, column in _changed_keys(changed)}
    if changed:
        ServerSettings.objects.filter(pk=1).update(policy_version=F("policy_version") + 1, **changed)
        told = changes | _told(stored, changed)
        audit.record("settings.changed", actor=by, subject=audit.Subject("settings", 1, "server"), changes=told)
        changes = told
    return changes


def _changed_keys(changed: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, column) for key, column in DOCUMENT_KEYS.items() if column in changed]


def _columns(values: Mapping[str, Any], stored: ServerSettings, giver: Holding) -> dict[str, Any]:
    """What the row would hold."""
    columns = {DOCUMENT_KEYS[key]: value for key, value in values.items() if key != UPSTREAM}
    if LOGO in columns:
        columns["logo_digest"] = _digest_of(columns[LOGO])
    if UPSTREAM in values:
        development = settings.AUTHSERVER.development
        columns |= upstream.columns(values[UPSTREAM], stored=stored, giver=giver, development=development)
    return columns


def _told(stored: ServerSettings, changed: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What the trail says of a logo, which is long, and of a secret, which is one."""
    told: dict[str, list[Any]] = {}
    if LOGO in changed:
        told["brandLogo"] = [stored.logo_digest, changed["logo_digest"]]
    if changed.get("upstream_secret"):
        shown = upstream.shown(changed.get(UPSTREAM, stored.upstream)) or {}
        told[UPSTREAM] = [upstream.shown(stored.upstream), {**shown, "clientSecret": "CHANGED"}]
    return told


def _digest_of(uri: str) -> str:
    try:
        return of_uri(uri).digest if uri else ""
    except LogoRefused as refused:
        raise Refused([Fault(key="brandLogo", message=str(refused))]) from refused
