"""What a sign-out request comes to (RP-Initiated Logout 1.0 §2, §3): whose session, and where people go afterwards.

Where anything about the return address is in doubt, the person is told and sent nowhere (§3: "MUST NOT").
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from clients.models import Client
from policies.snapshots import ServerPolicy
from tokens import form_request, id_token_hints
from tokens.authorize.errors import Shown
from tokens.errors import OAuthError
from tokens.form_request import Form
from tokens.id_token_hints import Hint
from tokens.issuer import issuer
from tokens.redirects import answer_url
from tokens.signing_keys.ring import ring

LONGEST_STATE = 4_000  # characters; it goes back in an address


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A sound request. `return_to` empty: to nowhere; it holds the `state` already. `sub`: whom the hint is about."""

    client: Client | None
    return_to: str
    sub: str
    query: str


def read(query: bytes, body: bytes, *, policy: ServerPolicy) -> Asked:
    """The request, by GET or by another site's POST. Raises Shown."""
    try:
        pairs = [*form_request.read_pairs(query), *form_request.read_pairs(body)]
    except OAuthError as error:
        raise Shown("the request cannot be read", error.description) from error
    if twins := form_request.repeated(pairs):
        raise Shown(f"{twins[0][:60]} comes twice", "The application sent something twice that may come once only.")
    form = form_request.as_form(pairs)
    hint = _hint(form, policy)
    client = _client(form, hint)
    return Asked(
        client=client,
        return_to=_return_to(form, client),
        sub=hint.sub if hint else "",
        query=urlencode([(name, value) for name, value in pairs if value]),
    )


def _hint(form: Form, policy: ServerPolicy) -> Hint | None:
    """§2: also one that has expired; what is no ID token of ours is refused, not passed over."""
    value = form.get("id_token_hint")
    if value is None:
        return None
    hint = id_token_hints.read(value, ring=ring(policy.version), issuer=issuer())
    if hint is None:
        raise Shown("id_token_hint is none of ours", "The application said who you are in a way that does not hold.")
    return hint


def _client(form: Form, hint: Hint | None) -> Client | None:
    """§2: where both say it, client_id and the hint's audience MUST be the same."""
    named = form.get("client_id")
    if named is not None and hint is not None and named != hint.client_id:
        raise Shown("client_id and id_token_hint differ", "The application named two different applications.")
    client_id = named or (hint.client_id if hint else None)
    if client_id is None:
        return None
    found: Client | None = None
    if len(client_id) <= 255:
        found = Client.objects.filter(client_id=client_id, deleted_at=None).select_related("owner").first()
    if found is None:
        raise Shown("client_id is not known here", "The application that sent you is not registered at this server.")
    return found


def _return_to(form: Form, client: Client | None) -> str:
    """§3.1: "the value MUST have been previously registered", compared character by character."""
    uri = form.get("post_logout_redirect_uri")
    if uri is None:
        return ""
    if client is None:
        raise Shown("the application is not named", "The application wants you back and did not say which one it is.")
    if uri not in client.post_logout_redirect_uris.split():
        sentence = "The application wants you back at an address that it has not registered for signing out."
        raise Shown("post_logout_redirect_uri is not registered", sentence, client=client.title)
    state = form.get("state", "")
    if len(state) > LONGEST_STATE:
        raise Shown("state is too long", f"The application sent a state of more than {LONGEST_STATE:,} characters.")
    return answer_url(uri, {"state": state}, mode="query") if state else uri
