"""Grants that leak or expose what they carry, and codes that nothing binds to who asked. Pure."""

from __future__ import annotations

from dataclasses import replace

from clients.linter.findings import Concern, Fix
from clients.linter.linted import Linted
from clients.rules import grant_types


def password(client: Linted) -> Concern | None:
    """RFC 9700 §2.4: "MUST NOT be used"."""
    if grant_types.PASSWORD not in client.facts.grants:
        return None
    return Concern(
        title="People give it their passwords",
        explanation="The password grant shows them to the client and passes second factors by. "
        "Use authorization code or device code." + _off_now(client),
        fix=_without(client, grant_types.PASSWORD, "Its requests with people's passwords are refused from then on."),
    )


def implicit(client: Linted) -> Concern | None:
    """RFC 9700 §2.1.2: "clients SHOULD NOT use the implicit grant"."""
    if grant_types.IMPLICIT not in client.facts.grants:
        return None
    return Concern(
        title="Tokens travel in the address bar",
        explanation="The implicit grant leaves them in histories, logs and referrers. "
        "Use authorization code with PKCE." + _off_now(client),
        fix=_without(client, grant_types.IMPLICIT, "Its requests for response type token are refused from then on."),
    )


def pkce(client: Linted) -> Concern | None:
    """RFC 9700 §2.1.1: RECOMMENDED for confidential clients; public ones cannot be registered without it."""
    if client.facts.pkce_required:
        return None
    return Concern(
        title="PKCE is not required",
        explanation="Without it nothing binds an authorization code to the browser that asked for it.",
        fix=Fix(
            label="Require PKCE",
            effect="Its authorization requests without an S256 code challenge are refused from then on.",
            before=client.facts,
            after=replace(client.facts, pkce_required=True),
        ),
    )


def _off_now(client: Linted) -> str:
    return "" if client.server.legacy_grants else " Legacy grants are off for this server, so it does not work now."


def _without(client: Linted, grant: str, effect: str) -> Fix | None:
    """Take the grant away, where another one stays: a client without grants is none (R18)."""
    others = tuple(held for held in client.facts.grants if held != grant)
    if not others:
        return None
    return Fix(
        label=f"Remove the {grant} grant",
        effect=effect if client.server.legacy_grants else "Nothing stops working: the grant is off for this server.",
        before=client.facts,
        after=replace(client.facts, grants=others),
    )
