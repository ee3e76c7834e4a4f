"""The grant types a client can be given (R18–R20): their words, what each asks of the client, what forbids them. Pure.

`refresh_token` is not in the table: it follows from the refresh limit (R29) and is never chosen by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

AUTHORIZATION_CODE = "authorization_code"
IMPLICIT = "implicit"
CLIENT_CREDENTIALS = "client_credentials"
PASSWORD = "password"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
REFRESH_TOKEN = "refresh_token"
PERSONAL_ACCESS_TOKEN = "personal_access_token"


@dataclass(frozen=True, kw_only=True)
class GrantType:
    """One grant type. `value` is its name in documents and forms, `tag` a word for narrow columns."""

    value: str
    label: str
    tag: str
    explanation: str
    confidential_only: bool = False
    needs_redirect: bool = False
    legacy: bool = False
    refreshes: bool = False
    instead: str = ""


GRANT_TYPES = (
    GrantType(
        value=AUTHORIZATION_CODE,
        label="Authorization code",
        tag="code",
        explanation="People sign in here, then return. The most secure.",
        needs_redirect=True,
        refreshes=True,
    ),
    GrantType(
        value=CLIENT_CREDENTIALS,
        label="Client credentials",
        tag="client",
        explanation="The client acts as itself, through its service account.",
        confidential_only=True,
    ),
    GrantType(
        value=DEVICE_CODE,
        label="Device code",
        tag="device",
        explanation="People confirm a short code on another screen.",
        refreshes=True,
    ),
    GrantType(
        value=PERSONAL_ACCESS_TOKEN,
        label="Personal access tokens",
        tag="PAT",
        explanation="People make long-lived tokens for themselves.",
    ),
    GrantType(
        value=PASSWORD,
        label="Password",
        tag="password",
        explanation="Legacy. People type their password into the client itself.",
        confidential_only=True,
        legacy=True,
        refreshes=True,
        instead="Use authorization code or device code.",
    ),
    GrantType(
        value=IMPLICIT,
        label="Implicit",
        tag="implicit",
        explanation="Legacy. Tokens travel in the address bar.",
        needs_redirect=True,
        legacy=True,
        instead="Use authorization code with PKCE.",
    ),
)
BY_VALUE = {grant.value: grant for grant in GRANT_TYPES}


def in_order(values: Collection[str]) -> tuple[str, ...]:
    """The known ones among `values`, each once, as the table orders them: how they are stored and compared."""
    return tuple(grant.value for grant in GRANT_TYPES if grant.value in values)


def unknown(values: Collection[str]) -> list[str]:
    """Those among `values` that are no grant type of this server, which storing would lose."""
    return [value for value in values if value not in BY_VALUE]


def needs_redirect(values: Collection[str]) -> bool:
    """R5: whether at least one redirect URI is required."""
    return any(BY_VALUE[value].needs_redirect for value in values if value in BY_VALUE)


def may_refresh(values: Collection[str]) -> bool:
    """R30: whether any of these grants can give a refresh token."""
    return any(BY_VALUE[value].refreshes for value in values if value in BY_VALUE)


def forbidden(grant: GrantType, *, client_type: str, legacy_grants: bool, held: Collection[str] = ()) -> str | None:
    """Why a client of this type cannot be given `grant` now, or None.

    `held`: what the client has already. A legacy grant may stay while the server has turned legacy grants off (it
    does not work meanwhile), so that other fields can still be edited; it cannot be added.
    """
    if grant.confidential_only and client_type == "public":
        return "Needs a confidential client: a public one cannot keep a secret."
    if grant.legacy and not legacy_grants and grant.value not in held:
        return f"Legacy, off for this server. {grant.instead}"
    return None


def faults(values: Collection[str], *, client_type: str, legacy_grants: bool, held: Collection[str] = ()) -> list[str]:
    """Everything wrong with the selected grants (R18–R20)."""
    if not values:
        return ["Choose at least one grant."]
    found = [f"{value[:60]!r} is not a grant type that this server has." for value in unknown(values)]
    for grant in GRANT_TYPES:
        if grant.value not in values:
            continue
        reason = forbidden(grant, client_type=client_type, legacy_grants=legacy_grants, held=held)
        if reason is not None:
            found.append(f"{grant.label}: {reason}")
    return found
