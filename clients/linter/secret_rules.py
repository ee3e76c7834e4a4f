"""Secrets that are old, ending, gone or forgotten (R15, R16). Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from clients.linter.findings import Concern, Fix
from clients.linter.linted import Linted, LintedSecret
from clients.secrets.credentials import EXPIRING_SOON
from clients.wording import counted

OLD = timedelta(days=365)
IDLE = timedelta(days=90)
UNMOVED_WITHIN = timedelta(days=7)


def missing(client: Linted) -> Concern | None:
    """RFC 6749 §3.2.1: without one it cannot authenticate, and everybody must notice but the attacker."""
    if client.secrets:
        return None
    return Concern(
        title="It has no secret",
        explanation="It cannot authenticate, so it gets no token. Reset the secret, or deactivate the client.",
    )


def expired(client: Linted) -> Concern | None:
    """As `missing`, but it worked once: something has probably stopped."""
    if not client.secrets or client.live_secrets:
        return None
    return Concern(
        title="Its secrets have expired" if len(client.secrets) > 1 else "Its secret has expired",
        words=_names(client.secrets),
        explanation="It cannot authenticate any more. Reset the secret, or deactivate the client.",
    )


def expiring(client: Linted) -> Concern | None:
    """The longest-lived one decides (R16)."""
    ends = [secret.expires_at for secret in client.live_secrets if secret.expires_at is not None]
    if not ends or len(ends) < len(client.live_secrets):
        return None
    left = max(ends) - client.now
    if left > EXPIRING_SOON:
        return None
    when = f"in {counted(left.days, 'day')}" if left.days else "within a day"
    return Concern(
        title=f"Its last secret expires {when}",
        words=_names(client.live_secrets),
        explanation="The client will be refused then. Hand it a new one before.",
    )


def in_body(client: Linted) -> Concern | None:
    """RFC 6749 §2.3.1: "SHOULD be limited to clients unable to directly utilize the HTTP Basic" scheme."""
    if client.facts.token_endpoint_auth_method != "client_secret_post":
        return None
    return Concern(
        title="Its secret travels in the body only",
        explanation="Bodies end up in logs and error reports more easily than the Authorization header.",
        fix=Fix(
            label="Allow HTTP Basic too",
            effect="Requests with the secret in the body are still accepted; its developers can move to Basic.",
            before=client.facts,
            after=replace(client.facts, token_endpoint_auth_method=""),
        ),
    )


def old(client: Linted) -> Concern | None:
    """RFC 6749 §3.2.1: "periodic credential rotation"."""
    aged = [secret for secret in client.live_secrets if client.since(secret.created) > OLD]
    if not aged:
        return None
    days = max(client.since(secret.created) for secret in aged).days
    return Concern(
        title=f"A secret is {counted(days, 'day')} old",
        words=_names(aged),
        explanation="Whoever has come across it since can still use it. Rotate it.",
    )


def forgotten(client: Linted) -> Concern | None:
    """Of several live secrets, those that nobody uses: the other half of a rotation that nobody finished."""
    idle = [secret for secret in client.live_secrets if client.since(secret.idle_since) > IDLE]
    if len(client.live_secrets) < 2 or not idle:
        return None
    return Concern(
        title="A live secret is not used" if len(idle) == 1 else f"{len(idle)} live secrets are not used",
        words=_names(idle),
        explanation=f"Unused for {IDLE.days} days or more. Retire what is not needed: nobody would miss it, "
        "and nobody would notice it stolen.",
    )


def unmoved(client: Linted) -> Concern | None:
    """R15: what is used ends soon or has ended, and what stays was never used: half of a rotation is missing."""
    soon = client.now + UNMOVED_WITHIN
    ending = [s for s in client.secrets if s.expires_at is not None and s.expires_at <= soon]
    staying = [s for s in client.live_secrets if s not in ending]
    used = [s for s in ending if s.last_used_at is not None]
    if not used or not staying or any(s.last_used_at is not None for s in staying):
        return None
    return Concern(
        title="It has not moved to its new secret",
        words=_names(used),
        explanation=f"It uses a secret that ends within {UNMOVED_WITHIN.days} days or has ended, and never the newer "
        "one. Hand that over, or give the old one more time while it lives.",
    )


def _names(secrets: tuple[LintedSecret, ...] | list[LintedSecret]) -> tuple[str, ...]:
    return tuple(secret.key_id for secret in secrets)
