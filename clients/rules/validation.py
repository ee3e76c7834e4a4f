"""The one set of rules about a client's facts: form, document and API ask it, so that none knows another rule.

Pure: facts and the server's settings in, faults out. What only the database can say (names taken, owners known) is
asked in `clients.rules.uniqueness`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from clients.facts import BY_KEYS, ClientFacts
from clients.rules import grant_types, names, network_rules, public_keys, rate_rules, redirect_uris
from clients.rules.text import fault_of_line, forbidden_characters, named, normal_lines

LONGEST_TEXT = 255
LONGEST_DESCRIPTION = 2000
LONGEST_SCOPE = 10_000
LARGEST_NUMBER = 2_147_483_647  # R27, R29
LONGEST_GRACE = 600  # seconds: R31 asks for a short one
TYPES = ("confidential", "public")
TOKEN_FORMATS = ("opaque", "jwt")
SIGNATURES = ("ES256", "RS256")  # of JWT access tokens and of ID tokens (RFC 7518 §3.1)
AUTH_METHODS = {"confidential": ("client_secret_basic", "client_secret_post", BY_KEYS), "public": ("none",)}

# Filled by `policies`, which knows what a scope is (R33): the faults of one allowed scope, as sentences.
ALLOWED_SCOPE_RULES: list[Callable[[str], Iterable[str]]] = []


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a field, as a stable code and a public sentence; `line` is counted from 1."""

    field: str
    code: str
    message: str
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What the rules need beside the facts: the server's setting (R20), and the grants that the client has now.

    `loopback`: in development the server may read what is published beside it.
    """

    legacy_grants: bool = False
    held_grants: tuple[str, ...] = ()
    loopback: bool = False


Rule = Callable[[ClientFacts, Circumstances], Iterable[Fault]]


def faults(facts: ClientFacts, circumstances: Circumstances) -> list[Fault]:
    """Everything that is wrong with `facts`, in the order of the form."""
    return [fault for rule in RULES for fault in rule(facts, circumstances)]


def name_and_version(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """R1, R2."""
    if message := names.name_fault(facts.name):
        yield Fault(field="name", code="required" if not facts.name.strip() else "name", message=message)
    if message := names.version_fault(facts.version):
        yield Fault(field="version", code="version", message=message)


def texts(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """R1, R4: texts that only people read."""
    if message := fault_of_line(facts.display_name, longest=LONGEST_TEXT):
        yield Fault(field="display_name", code="text", message=message)
    description = normal_lines(facts.description)
    if offending := forbidden_characters(description, several_lines=True):
        message = f"Remove {named(offending)}: control characters are not allowed."
        yield Fault(field="description", code="text", message=message)
    elif len(description) > LONGEST_DESCRIPTION:
        message = f"Use at most {LONGEST_DESCRIPTION} characters; this has {len(description)}."
        yield Fault(field="description", code="text", message=message)


def owner(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """R7."""
    if not facts.owner:
        yield Fault(field="owner", code="required", message="An owner is required: who answers for this client.")


def client_type(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """R4; RFC 6749 §2.1."""
    if facts.type not in TYPES:
        yield Fault(field="type", code="type", message="Choose confidential or public.")


def grants(facts: ClientFacts, circumstances: Circumstances) -> Iterator[Fault]:
    """R18–R20."""
    for message in grant_types.faults(
        facts.grants,
        client_type=facts.type,
        legacy_grants=circumstances.legacy_grants,
        held=circumstances.held_grants,
    ):
        yield Fault(field="grants", code="grants", message=message)


def redirects(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """R5."""
    for fault in redirect_uris.faults(facts.redirect_uris):
        yield Fault(field="redirect_uris", code="redirect-uri", message=fault.message, line=fault.line)
    if not redirect_uris.kept(facts.redirect_uris) and grant_types.needs_redirect(facts.grants):
        message = "At least one redirect URI is required for the authorization code and implicit grants."
        yield Fault(field="redirect_uris", code="required", message=message)


def post_logout_redirects(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """Where people may be sent after signing out (RP-Initiated Logout §3.1): judged like the redirects (R5)."""
    for fault in redirect_uris.faults(facts.post_logout_redirect_uris):
        yield Fault(field="post_logout_redirect_uris", code="redirect-uri", message=fault.message, line=fault.line)


def allowed_scope(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """R33; and of one that only watches."""
    for field in ("allowed_scope", "watched_scope"):
        messages = _scope_faults(getattr(facts, field))
        yield from (Fault(field=field, code="scope", message=message) for message in messages)


def _scope_faults(text: str) -> list[str]:
    """What the first rule that finds something says."""
    if len(text) > LONGEST_SCOPE:
        return [f"Use at most {LONGEST_SCOPE} characters; this has {len(text)}."]
    found = (list(rule(text)) for rule in (_scope_characters, *ALLOWED_SCOPE_RULES))
    return next((messages for messages in found if messages), [])


def _scope_characters(text: str) -> Iterator[str]:
    if offending := forbidden_characters(normal_lines(text), several_lines=True):
        yield f"Remove {named(offending)}: control characters are not allowed."


def lifetimes(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """R27–R29, R31. A JWT needs `exp` (RFC 9068 §2.2), so only opaque tokens may live for ever."""
    lifetime, limit = facts.access_token_lifetime, facts.refresh_limit
    if isinstance(lifetime, int) and not 1 <= lifetime <= LARGEST_NUMBER:
        message = f"Must be 1 to {LARGEST_NUMBER} seconds."
        yield Fault(field="access_token_lifetime", code="lifetime", message=message)
    if lifetime == "never" and facts.token_format == "jwt":
        message = "Only opaque tokens may never expire: a JWT must say when it ends."
        yield Fault(field="access_token_lifetime", code="lifetime", message=message)
    if isinstance(limit, int) and not 0 <= limit <= LARGEST_NUMBER:
        yield Fault(field="refresh_limit", code="refresh-limit", message=f"Must be 0 to {LARGEST_NUMBER} refreshes.")
    if not 0 <= facts.refresh_grace <= LONGEST_GRACE:
        yield Fault(field="refresh_grace", code="refresh-grace", message=f"Must be 0 to {LONGEST_GRACE} seconds.")


def token_format(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    if facts.token_format not in TOKEN_FORMATS:
        yield Fault(field="token_format", code="token-format", message="Choose opaque or jwt.")


def signatures(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """What this server signs with; `none` is never one of them (RFC 8725 §3.1)."""
    for field in ("id_token_signed_response_alg", "access_token_signed_response_alg"):
        if getattr(facts, field) not in SIGNATURES:
            yield Fault(field=field, code="signature", message=f"Choose {' or '.join(SIGNATURES)}.")


def authentication(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """RFC 7591 §2 for the method; RFC 9700 §2.1.1: "public clients MUST use PKCE"."""
    if facts.type not in TYPES:
        return
    method, possible = facts.token_endpoint_auth_method, AUTH_METHODS[facts.type]
    if method and method not in possible:
        words = " or ".join(possible)
        message = f"{method[:60]!r} does not fit: a {facts.type} client authenticates by {words}."
        yield Fault(field="token_endpoint_auth_method", code="auth-method", message=message)
    if not facts.pkce_required and facts.type == "public":
        yield Fault(field="pkce_required", code="pkce", message="A public client always needs PKCE.")


def keys(facts: ClientFacts, circumstances: Circumstances) -> Iterator[Fault]:
    """RFC 7591 §2: `jwks` and `jwks_uri` MUST NOT both be there; RFC 7523 needs one of them, and public parts alone."""
    for message in public_keys.faults(facts.client_jwks):
        yield Fault(field="client_jwks", code="public-key", message=message)
    uri = facts.client_jwks_uri.strip()
    if uri and (fault := public_keys.address_fault(uri, loopback=circumstances.loopback)):
        yield Fault(field="client_jwks_uri", code="keys-address", message=fault)
    if uri and facts.client_jwks:
        message = "Give the keys themselves or their address, not both: nobody could tell which of them hold."
        yield Fault(field="client_jwks_uri", code="keys-twice", message=message)
    if facts.type == "public" and (uri or facts.client_jwks):
        field = "client_jwks_uri" if uri else "client_jwks"
        yield Fault(field=field, code="keys-of-public", message="A public client has no keys to authenticate with.")
    if facts.by_keys and not uri and not facts.client_jwks:
        message = "private_key_jwt needs a public key: give the client's JWK Set, or the address where it publishes it."
        yield Fault(field="client_jwks", code="required", message=message)


def primary_namespace(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """R8: "names one of them as primary". The only one is it by itself (`ClientFacts.normal`)."""
    primary = facts.normal().primary_namespace
    if primary and primary not in facts.namespaces:
        message = "The primary namespace is one of the client's namespaces."
        yield Fault(field="primary_namespace", code="primary-namespace", message=message)
    elif facts.namespaces and not primary:
        message = "Name one of the namespaces as the primary one."
        yield Fault(field="primary_namespace", code="required", message=message)


def networks(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """R37, every bad line at once."""
    for fault in network_rules.faults(facts.network_rules):
        yield Fault(field="network_rules", code="network", message=fault.message, line=fault.line)


def rates(facts: ClientFacts, _: Circumstances) -> Iterator[Fault]:
    """R40, every bad line at once."""
    for fault in rate_rules.faults(facts.rate_rules):
        yield Fault(field="rate_rules", code="rate", message=fault.message, line=fault.line)


RULES: tuple[Rule, ...] = (
    name_and_version,
    texts,
    owner,
    client_type,
    grants,
    redirects,
    post_logout_redirects,
    allowed_scope,
    lifetimes,
    token_format,
    signatures,
    authentication,
    keys,
    primary_namespace,
    networks,
    rates,
)
