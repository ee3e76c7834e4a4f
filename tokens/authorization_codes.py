"""Authorization codes (RFC 6749 §4.1.2): short-lived, bound to client, redirect, PKCE and family, used once.

Consume before minting: the conditional UPDATE that marks a code as used is the gate. Whoever comes second presents a
code that somebody has used, and ends all that was issued from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import audit
from tokens import families, formats, pkce, redirects, standing
from tokens.client_authentication import Authenticated
from tokens.errors import OAuthError, invalid_grant
from tokens.models import AuthorizationCode, TokenFamily


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What of the authorization request a code is bound to. `named`: the request said its redirect URI itself."""

    redirect_uri: str
    named: bool
    code_challenge: str = ""
    nonce: str = ""


@dataclass(frozen=True, kw_only=True)
class Presented:
    """What a token request says beside the code."""

    redirect_uri: str | None
    code_verifier: str | None


def issue(family: TokenFamily, binding: Binding, *, lifetime: int, now: datetime) -> str:
    """A new code of `family`, for `lifetime` seconds; only its hash is kept."""
    expires = now + timedelta(seconds=lifetime)
    value = formats.new_opaque_token(expires, prefix=formats.AUTHORIZATION_CODE)
    AuthorizationCode.objects.create(
        code_hash=formats.stored_hash(value),
        application_id=family.application_id,
        user_id=family.user_id,
        family=family,
        redirect_uri=binding.redirect_uri,
        redirect_named=binding.named,
        code_challenge=binding.code_challenge,
        code_challenge_method=pkce.METHOD if binding.code_challenge else "",
        nonce=binding.nonce,
        created=now,
        expires=expires,
    )
    return value


def find(code: str, said: Presented, *, caller: Authenticated, by: audit.Actor, now: datetime) -> AuthorizationCode:
    """The code, found sound for this token request; not consumed yet. Raises OAuthError and Stale."""
    row: AuthorizationCode | None = None
    if formats.looks_issued(code):
        rows = AuthorizationCode.objects.filter(code_hash=formats.stored_hash(code))
        row = standing.with_standing(rows, caller=caller, now=now).first()
    if row is None or row.application_id != caller.client.pk:
        raise invalid_grant("no such code" if row is None else "the code is another client's")
    standing.demand(row, caller=caller)
    if row.consumed_at is not None:
        raise replayed(row, by=by, now=now)
    if row.expires <= now or not families.holds(row.family, row.application):
        raise invalid_grant("the code has expired" if row.expires <= now else "the authorization has ended")
    _check_redirect(row, said.redirect_uri)
    _check_proof(row, said.code_verifier)
    return row


def _check_redirect(row: AuthorizationCode, presented: str | None) -> None:
    """RFC 6749 §4.1.3: if the request named it, it is required here, and "their values MUST be identical"."""
    if presented != row.redirect_uri and (row.redirect_named or presented is not None):
        raise invalid_grant("another redirect URI than the authorization request's")
    registered = row.application.redirect_uris.split()
    if not any(redirects.matches(row.redirect_uri, one) for one in registered):
        raise invalid_grant("the redirect URI is registered no more")


def _check_proof(row: AuthorizationCode, verifier: str | None) -> None:
    """RFC 7636 §4.6; RFC 9700 §2.1.1: a verifier without a challenge MUST be refused, too."""
    if verifier is None and row.code_challenge:
        raise OAuthError("invalid_request", "The parameter code_verifier is missing.")
    if verifier is not None and not (row.code_challenge and pkce.is_proof(verifier, challenge=row.code_challenge)):
        raise invalid_grant("the code_verifier does not match" if row.code_challenge else "a verifier, no challenge")


def consume(row: AuthorizationCode, *, now: datetime) -> bool:
    """The gate: true for exactly one of all who try. Call it in the transaction that issues."""
    unused = AuthorizationCode.objects.filter(pk=row.pk, consumed_at=None, expires__gt=now)
    return bool(unused.update(consumed_at=now))


def replayed(row: AuthorizationCode, *, by: audit.Actor, now: datetime) -> OAuthError:
    """RFC 6749 §4.1.2: "the authorization server MUST deny the request and SHOULD revoke" what was issued from it."""
    token = f"ac_{row.pk}"
    families.revoke_for_replay(row.family, "token.code_replayed", token=token, client=row.application, by=by, now=now)
    return invalid_grant("the code was used before")
