"""Every rule of the linter, in one table: its name, how bad its finding is, whom it concerns and what it rests on.

A rule's name stands in dismissals, documents and pipelines: never reuse one for something else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clients.linter import (
    grant_rules,
    keeping_rules,
    network_rules,
    redirect_rules,
    references,
    scope_rules,
    secret_rules,
    token_rules,
    use_rules,
)
from clients.linter.findings import Concern, Finding, Reference, Severity
from clients.linter.linted import Linted
from clients.rules import grant_types

Check = Callable[[Linted], Concern | None]
Condition = Callable[[Linted], bool]


@dataclass(frozen=True)
class Rule:
    """`kept` says of a client that passes what is well with it."""

    name: str
    severity: Severity
    check: Check
    applies: Condition
    reference: Reference
    kept: str

    def finding(self, client: Linted) -> Finding | None:
        """What the rule finds in a client that it applies to."""
        concern = self.check(client)
        if concern is None:
            return None
        return Finding(
            rule=self.name,
            severity=self.severity,
            reference=self.reference,
            title=concern.title,
            explanation=concern.explanation,
            words=concern.words,
            fix=concern.fix,
        )


def everyone(_: Linted) -> bool:
    return True


def with_code(client: Linted) -> bool:
    return grant_types.AUTHORIZATION_CODE in client.facts.grants


def redirecting(client: Linted) -> bool:
    return grant_types.needs_redirect(client.facts.grants)


def not_redirecting(client: Linted) -> bool:
    return not redirecting(client)


def server_app(client: Linted) -> bool:
    return client.facts.confidential and redirecting(client)


def public_with_code(client: Linted) -> bool:
    return not client.facts.confidential and with_code(client)


def refreshing(client: Linted) -> bool:
    return grant_types.may_refresh(client.facts.grants)


def not_refreshing(client: Linted) -> bool:
    return not refreshing(client)


def ending_tokens(client: Linted) -> bool:
    return client.lifetime is not None


def scoped(client: Linted) -> bool:
    return bool(client.facts.allowed_scope)


def scoped_by_names(client: Linted) -> bool:
    """A lone `*` takes in all that a narrower pattern could: then only that one is spoken of."""
    elements = client.facts.allowed_scope.split()
    return bool(elements) and not any(scope_rules.is_lone_star(element) for element in elements)


def ruled_by_network(client: Linted) -> bool:
    return bool(client.facts.network_rules)


def serving_itself(client: Linted) -> bool:
    """A service in use: nobody signs in through it, so that its addresses are its own."""
    return client.working and client.facts.confidential and set(client.facts.grants) == {grant_types.CLIENT_CREDENTIALS}


def registered(client: Linted) -> bool:
    return client.registered


def working(client: Linted) -> bool:
    return client.working


def watched(client: Linted) -> bool:
    """Whether it works, and its use has been counted for long enough to say what it does not do."""
    return client.working and client.used is not None and client.used.days >= use_rules.WATCHED_FOR


def watched_returning(client: Linted) -> bool:
    return watched(client) and redirecting(client)


def by_secret(client: Linted) -> bool:
    """Whether it must authenticate by a secret to work at all (R12)."""
    return client.working and client.facts.by_secret


def with_secrets(client: Linted) -> bool:
    return by_secret(client) and bool(client.secrets)


def with_live_secrets(client: Linted) -> bool:
    return by_secret(client) and bool(client.live_secrets)


# fmt: off
RULES: tuple[Rule, ...] = (
    Rule("password-grant", "danger", grant_rules.password, everyone, references.PASSWORD,
         "Nobody's password passes through it"),
    Rule("implicit-grant", "warn", grant_rules.implicit, everyone, references.IMPLICIT,
         "No token travels in the address bar"),
    Rule("pkce-not-required", "warn", grant_rules.pkce, with_code, references.PKCE,
         "PKCE with S256 is required"),
    Rule("never-expiring-tokens", "danger", token_rules.never_expiring, everyone, references.SHORT_LIVED,
         "Its access tokens expire"),
    Rule("long-lived-tokens", "warn", token_rules.long_lived, ending_tokens, references.SHORT_LIVED,
         "Its access tokens live a day at most"),
    Rule("unlimited-refresh", "info", token_rules.unlimited_refresh, refreshing, references.REFRESH,
         "Its refreshes are counted"),
    Rule("long-grace", "warn", token_rules.long_grace, refreshing, references.ROTATION,
         "A refresh token that is used twice is noticed"),
    Rule("idle-refreshes", "info", token_rules.idle_refreshes, not_refreshing, references.NOTHING_IDLE,
         "No refresh is allowed that no grant gives"),
    Rule("any-scope", "danger", scope_rules.any_scope, scoped, references.LEAST_PRIVILEGE,
         "Its scopes are limited"),
    Rule("sensitive-wildcard", "warn", scope_rules.sensitive_wildcard, scoped_by_names,
         references.LEAST_PRIVILEGE, "No wildcard covers a sensitive scope"),
    Rule("unknown-scope", "info", scope_rules.unknown_scope, scoped_by_names, references.NOTHING_IDLE,
         "Every scope that it names exists"),
    Rule("unused-scopes", "info", use_rules.unused_scopes, watched, references.LEAST_PRIVILEGE,
         "It uses all that it may ask for"),
    Rule("unused-grants", "info", use_rules.unused_grants, watched, references.NOTHING_IDLE,
         "It uses all of its grants"),
    Rule("unused-redirects", "info", use_rules.unused_redirects, watched_returning, references.NOTHING_IDLE,
         "People return to all of its redirect URIs"),
    Rule("loopback-on-server", "warn", redirect_rules.loopback_on_server, server_app, references.PLAIN_HTTP,
         "Nobody returns over plain http"),
    Rule("several-hosts", "info", redirect_rules.several_hosts, redirecting, references.ONE_APPLICATION,
         "No second host can receive its codes"),
    Rule("private-scheme-on-confidential", "warn", redirect_rules.private_scheme_on_confidential, server_app,
         references.NATIVE_IS_PUBLIC, "No app on a device shares its secret"),
    Rule("private-scheme", "info", redirect_rules.private_scheme, public_with_code, references.CLAIMED_HTTPS,
         "No other app can take its redirects' scheme"),
    Rule("localhost-by-name", "info", redirect_rules.localhost, public_with_code, references.LOCALHOST,
         "Loopback redirects are IP addresses"),
    Rule("idle-redirects", "info", redirect_rules.idle_redirects, not_redirecting, references.NOTHING_IDLE,
         "No redirect URI is left over"),
    Rule("secret-in-body", "info", secret_rules.in_body, by_secret, references.BASIC,
         "Its secret may travel in a header"),
    Rule("secret-missing", "warn", secret_rules.missing, by_secret, references.AUTHENTICATE,
         "It has a secret"),
    Rule("secret-expired", "danger", secret_rules.expired, with_secrets, references.AUTHENTICATE,
         "No secret has run out on it"),
    Rule("secret-expiring", "warn", secret_rules.expiring, with_live_secrets, references.AUTHENTICATE,
         "No secret is about to run out"),
    Rule("unmoved-secret", "warn", secret_rules.unmoved, with_live_secrets, references.ROTATE,
         "No rotation waits for it"),
    Rule("old-secret", "warn", secret_rules.old, with_live_secrets, references.ROTATE,
         "Its secrets are younger than a year"),
    Rule("forgotten-secret", "warn", secret_rules.forgotten, with_live_secrets, references.NOTHING_IDLE,
         "No second secret lies about"),
    Rule("open-network", "warn", network_rules.lets_everybody_in, ruled_by_network, references.LEAST_PRIVILEGE,
         "Its network rules let in whom they name"),
    Rule("unbound-service", "info", network_rules.unbound, serving_itself, references.STEADY,
         "It is bound to networks, or comes from many"),
    Rule("unused-client", "warn", keeping_rules.unused, working, references.NOTHING_IDLE,
         "It is in use"),
    Rule("owner-gone", "warn", keeping_rules.owner_gone, registered, references.ANSWERABLE,
         "Its owner is active"),
    Rule("no-description", "info", keeping_rules.undescribed, everyone, references.ANSWERABLE,
         "It says what it is for"),
)
# fmt: on
BY_NAME = {rule.name: rule for rule in RULES}
