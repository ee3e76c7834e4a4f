"""A bearer token as the caller's authentication (RFC 6750 §2.1), where an endpoint takes one."""

from __future__ import annotations

from datetime import datetime

from clients.models import Client
from policies.question import TokenFacts
from policies.snapshots import load_client_policy
from tokens import hot_path, introspection
from tokens.client_authentication import Authenticated, Presented
from tokens.errors import invalid_request, invalid_token
from tokens.form_request import Form
from tokens.formats import looks_issued, stored_hash
from tokens.hot_path import Bearer, StoredToken
from tokens.personal import last_used

CREDENTIALS = ("access_token", "client_secret", "client_assertion")


def presented(authorization: str) -> bool:
    """Whether the Authorization header is of the Bearer scheme, in any case (RFC 9110 §11.1)."""
    return authorization.partition(" ")[0].lower() == "bearer"


def value_in(authorization: str) -> str:
    """The token of such a header."""
    return authorization.partition(" ")[2].strip()


def claimed(authorization: str, form: Form) -> Presented:
    """The token as what the request claims; whose it is, the token's row says."""
    if any(name in form for name in CREDENTIALS):
        # RFC 6750 §2, RFC 6749 §2.3: clients MUST NOT use more than one method in each request.
        raise invalid_request("Authenticate by the Authorization header or by the body, not by both.")
    return Presented(client_id="", secret=value_in(authorization), method="bearer")


def live(value: str, *, now: datetime) -> Bearer:
    """The token of this value, good at this moment. Raises OAuthError `invalid_token` (§3.1)."""
    if not looks_issued(value):
        raise invalid_token("no token of this server")
    found = hot_path.find(stored_hash(value))
    if found is None:
        raise invalid_token("the token is not known")
    if fault := introspection.fault(found.token, now=now):
        raise invalid_token(fault)
    last_used.note(value, found.token.pk, now=now)
    return found


def authenticate(claim: Presented, *, policy_version: int, now: datetime) -> Authenticated:
    """Whose token it is, from the database: it must hold. What it may do is the evaluator's. Raises OAuthError."""
    value = claim.secret or ""
    token = live(value, now=now).token
    client = Client.objects.select_related("service_account").get(pk=token.client_pk)
    policy = load_client_policy(client, policy_version=policy_version)
    return Authenticated(client=policy, secret_pk=None, token_hash=stored_hash(value), token=facts_of(token))


def facts_of(token: StoredToken) -> TokenFacts:
    """A token that holds, as the evaluator sees it."""
    return TokenFacts(scopes=frozenset(token.scope.split()), audiences=frozenset(token.audiences))
