"""What administrators decide for the whole server (R62): reading it, and changing it with its event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

import audit
from accounts.branding.logo import Logo, LogoRefused, of_uri
from accounts.faults import Fault, Refused
from accounts.models import ServerSettings


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


LOGO = "logo"
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
}


class ChangedMeanwhile(Exception):
    """Somebody else changed these settings since they were read; nothing was written. `keys`: in documents' words."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


def values_of(stored: ServerSettings) -> dict[str, Any]:
    """`{document key: value}` of every setting."""
    return {key: getattr(stored, column) for key, column in DOCUMENT_KEYS.items()}


def _logo_of(values: Mapping[str, Any]) -> Logo | None:
    uri = values.get("brandLogo")
    if not uri:
        return None
    try:
        return of_uri(uri)
    except LogoRefused as refused:
        raise Refused([Fault(key="brandLogo", message=str(refused))]) from refused


@transaction.atomic
def change(
    *, by: audit.Actor, values: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> dict[str, list[Any]]:
    """Set `{document key: value}`; returns and audits what really changed, as `{document key: [old, new]}`.

    `seen`: what the caller took the settings for; raises ChangedMeanwhile where one of `values` is another by now.
    Raises Refused for a logo that cannot be taken.
    """
    given = _logo_of(values)
    stored = ServerSettings.objects.select_for_update().get(pk=1)
    before = {key: getattr(stored, DOCUMENT_KEYS[key]) for key in values}
    if moved := [key for key in values if seen is not None and key in seen and seen[key] != before[key]]:
        raise ChangedMeanwhile(moved)
    changes = {key: [before[key], value] for key, value in values.items() if before[key] != value}
    if changes:
        columns = {DOCUMENT_KEYS[key]: new for key, (_, new) in changes.items()}
        if LOGO in columns:
            columns["logo_digest"] = given.digest if given else ""
            changes = changes | {"brandLogo": [stored.logo_digest, columns["logo_digest"]]}
        ServerSettings.objects.filter(pk=1).update(policy_version=F("policy_version") + 1, **columns)
        audit.record("settings.changed", actor=by, subject=audit.Subject("settings", 1, "server"), changes=changes)
    return changes
