"""Who the client is: HTTP Basic, the body or an assertion, exactly one of them (RFC 6749 §2.3, RFC 7521 §4.2).

`presented` is pure. `authenticate` tries the secret by Argon2 outside any transaction; a worker then remembers the
success (`tokens.verified_secrets`), so that the next request of the same client costs no run.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from urllib.parse import unquote_to_bytes

from django.db.models import QuerySet

from accounts.connections import give_back
from clients.facts import BY_KEYS
from clients.models import Client
from clients.secrets import credentials
from policies.question import TokenFacts
from policies.snapshots import ClientPolicy, load_client_policy
from tokens import assertions, client_keys
from tokens.assertions import Assertion, Unacceptable
from tokens.errors import invalid_client, invalid_request, unavailable
from tokens.form_request import Form, required

Method = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none", "bearer"]
ASSERTION = ("client_assertion_type", "client_assertion")
LONGEST = 255
NO_CLIENT = 0  # a primary key that no row has
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, kw_only=True)
class Presented:
    """What the request claims. `secret` is None for a client that shows none; a bearer token names no client."""

    client_id: str
    secret: str | None = field(repr=False)
    method: Method
    assertion: Assertion | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Authenticated:
    """A client that is who it says: by the secret row `secret_pk`, the access token of `token_hash`, or its key.

    `key`: the thumbprint of the key that signed its assertion. None of them: a public client, which only names itself.
    `token`: what the evaluator is told of the access token, where one acts.
    """

    client: ClientPolicy
    secret_pk: int | None
    token_hash: bytes | None = None
    key: str = ""
    token: TokenFacts | None = None


def presented(authorization: str, form: Form) -> Presented:
    """Raises OAuthError: `invalid_client` for what cannot be read, `invalid_request` for two methods at once."""
    in_body = form.get("client_id")
    if authorization:
        if any(name in form for name in ("client_secret", *ASSERTION)):
            # §2.3: the client MUST NOT use more than one authentication method in each request.
            raise invalid_request("Authenticate by the Authorization header or by the body, not by both.")
        client_id, basic_secret = _basic(authorization)
        if in_body is not None and in_body != client_id:
            raise invalid_request("client_id in the body differs from the one in the Authorization header.")
        return Presented(client_id=client_id, secret=basic_secret, method="client_secret_basic")
    if any(name in form for name in ASSERTION):
        return _asserted(form)
    if in_body is None:
        raise invalid_client("no client authentication")
    if len(in_body) > LONGEST:
        raise invalid_client("client_id is too long")
    secret = form.get("client_secret")
    return Presented(client_id=in_body, secret=secret, method="none" if secret is None else "client_secret_post")


def _asserted(form: Form) -> Presented:
    """RFC 7521 §4.2: `client_id` is unnecessary beside an assertion, and names the same client where it is sent."""
    if "client_secret" in form:
        raise invalid_request("Authenticate by client_secret or by client_assertion, not by both.")
    kind, text = (required(form, name) for name in ASSERTION)
    if kind != assertions.TYPE:
        raise invalid_client("client_assertion_type is none that is known")
    try:
        assertion = assertions.read(text)
    except Unacceptable as error:
        raise invalid_client(str(error)) from error
    if form.get("client_id", assertion.client_id) != assertion.client_id:
        raise invalid_client("client_id in the body differs from the assertion's")
    return Presented(client_id=assertion.client_id, secret=None, method="private_key_jwt", assertion=assertion)


def _basic(authorization: str) -> tuple[str, str]:
    """RFC 7617 with §2.3.1's form encoding of both halves. The scheme's case does not matter (RFC 9110 §11.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise invalid_client("the Authorization scheme is not Basic")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise invalid_client("the Basic credentials cannot be decoded") from error
    client_id, colon, secret = text.partition(":")
    if not colon or not client_id:
        raise invalid_client("the Basic credentials hold no colon or no client id")
    return _form_decoded(client_id), _form_decoded(secret)


def _form_decoded(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise invalid_client("broken percent-encoding in the Basic credentials")
    try:
        decoded = unquote_to_bytes(text.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid_client("the Basic credentials are not UTF-8") from error
    if "\x00" in decoded or len(decoded) > 1000:
        raise invalid_client("the Basic credentials hold a NUL or are too long")
    return decoded


def authenticate(claim: Presented, *, policy_version: int, now: datetime) -> Authenticated:
    """The long way: from the database and by Argon2. Raises OAuthError `invalid_client`.

    An unknown client costs what a wrong secret costs: the same statements, the same run (design, hot path).
    """
    if claim.secret is not None and credentials.is_forged(claim.secret):
        raise invalid_client("a secret that this server never made")
    client = _clients().filter(client_id=claim.client_id).first()
    if claim.secret is None:
        return _public(client, policy_version=policy_version)
    live = credentials.live_secrets(client.pk if client and client.confidential else NO_CLIENT, now=now)
    found = _tried(claim.secret, live)
    if client is None or found is None:
        raise invalid_client("unknown client" if client is None else "wrong secret, or none that lives")
    policy = load_client_policy(client, policy_version=policy_version)
    if not policy.accepts(claim.method):
        raise invalid_client(policy.authentication_in_words)
    return Authenticated(client=policy, secret_pk=found.pk)


def by_assertion(assertion: Assertion, *, policy_version: int, now: datetime) -> Authenticated:
    """The long way, by a signature. Raises OAuthError `invalid_client`; an unknown client costs what a known one does.

    It says nothing yet of whether the assertion was used before.
    """
    client = _clients().filter(client_id=assertion.client_id).first()
    by_keys = client is not None and client.confidential and client.token_endpoint_auth_method == BY_KEYS
    keys = (
        client_keys.keys_for(assertion, tuple(client.client_jwks.splitlines()), client.client_jwks_uri)
        if client and by_keys
        else ()
    )
    key = assertions.signer(assertion, keys)
    if client is None or key is None:
        raise invalid_client("unknown client" if client is None else "signed by no key of this client")
    policy = load_client_policy(client, policy_version=policy_version)
    return Authenticated(client=policy, secret_pk=None, key=key.thumbprint)


def proven_again(known: Authenticated, assertion: Assertion) -> Authenticated | None:
    """A remembered client by another assertion; None where no key that is remembered made it."""
    keys = client_keys.keys_for(assertion, known.client.public_keys, known.client.keys_address)
    key = assertions.signer(assertion, keys)
    return None if key is None else replace(known, key=key.thumbprint)


def _tried(secret: str, live: list[credentials.LiveSecret]) -> credentials.LiveSecret | None:
    """Argon2 takes long, and others wait before it: the database connection is theirs meanwhile."""
    give_back()
    try:
        return credentials.find(secret, live)
    except credentials.Overloaded as error:
        raise unavailable("Too many secrets are being checked.") from error


def _clients() -> QuerySet[Client]:
    clients: QuerySet[Client] = Client.objects.filter(deleted_at=None).select_related("service_account")
    return clients


def renew(known: Authenticated, *, policy_version: int, now: datetime) -> Authenticated | None:
    """A remembered client as it stands now, without another Argon2 run; None where its secret no longer lives."""
    client = _clients().filter(pk=known.client.pk).first()
    if client is None or known.secret_pk is None or not client.confidential:
        return None
    if all(secret.pk != known.secret_pk for secret in credentials.live_secrets(client.pk, now=now)):
        return None
    policy = load_client_policy(client, policy_version=policy_version)
    if policy.auth_method != known.client.auth_method:
        return None
    return Authenticated(client=policy, secret_pk=known.secret_pk)


def _public(client: Client | None, *, policy_version: int) -> Authenticated:
    """A public client only names itself; a confidential one must prove itself (RFC 6749 §3.2.1)."""
    if client is None or client.confidential:
        raise invalid_client("unknown client" if client is None else "a confidential client showed no secret")
    return Authenticated(client=load_client_policy(client, policy_version=policy_version), secret_pk=None)
