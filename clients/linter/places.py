"""Where a person mends what no press can: the page that a finding leads to, and the field on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Place:
    """`page`: the name of a URL that takes the client's number; `field`: a field of the edit form, or empty."""

    label: str
    page: str = "client_edit"
    field: str = ""

    @property
    def edits(self) -> bool:
        return self.page == "client_edit"

    @property
    def anchor(self) -> str:
        return f"#id_{self.field}" if self.field else ""


GRANTS = Place(label="Edit the grants", field="grants")
REDIRECTS = Place(label="Edit the redirect URIs", field="redirect_uris")
SCOPE = Place(label="Edit the allowed scope", field="allowed_scope")
LIFETIME = Place(label="Edit the lifetime", field="access_token_lifetime")
REFRESHES = Place(label="Edit the refreshes", field="refresh")
METHOD = Place(label="Edit the authentication", field="token_endpoint_auth_method")
SECRETS = Place(label="Open the credentials", page="client_secrets")

# By rule; every rule of `clients.linter.rules` stands here.
PLACES: dict[str, Place] = {
    "password-grant": GRANTS,
    "implicit-grant": GRANTS,
    "pkce-not-required": Place(label="Edit PKCE", field="pkce_required"),
    "never-expiring-tokens": LIFETIME,
    "long-lived-tokens": LIFETIME,
    "unlimited-refresh": REFRESHES,
    "long-grace": Place(label="Edit the grace", field="refresh_grace"),
    "idle-refreshes": REFRESHES,
    "any-scope": SCOPE,
    "sensitive-wildcard": SCOPE,
    "unknown-scope": SCOPE,
    "unused-scopes": Place(label="See what it uses", page="client_scopes"),
    "unused-grants": GRANTS,
    "unused-redirects": REDIRECTS,
    "loopback-on-server": REDIRECTS,
    "several-hosts": REDIRECTS,
    "private-scheme-on-confidential": REDIRECTS,
    "private-scheme": REDIRECTS,
    "localhost-by-name": REDIRECTS,
    "idle-redirects": REDIRECTS,
    "secret-in-body": METHOD,
    "secret-missing": SECRETS,
    "secret-expired": SECRETS,
    "secret-expiring": SECRETS,
    "old-secret": SECRETS,
    "forgotten-secret": SECRETS,
    "unmoved-secret": SECRETS,
    "open-network": Place(label="Open the network rules", page="client_network"),
    "unbound-service": Place(label="Propose network rules", page="client_network"),
    "unused-client": Place(label="Deactivate…", page="client_active"),
    "owner-gone": Place(label="Name another owner", field="owner"),
    "no-description": Place(label="Describe it", field="description"),
}
