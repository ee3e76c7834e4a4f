"""Minting tokens: their values in the client's format, their rows, and the answer that carries them (R26)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from policies.resources import Reach
from policies.scopes import OPENID
from policies.snapshots import ClientPolicy
from tokens import claims, hot_path, id_tokens, jwt_format, refresh_rotation
from tokens.client_authentication import Authenticated
from tokens.errors import unavailable
from tokens.formats import new_opaque_token, stored_hash
from tokens.id_tokens import SignIn
from tokens.issuer import issuer
from tokens.jwt_format import Granted
from tokens.lifetimes import expires_in
from tokens.models import AccessToken, TokenFamily
from tokens.people import person_of
from tokens.signing_keys.ring import ring
from tokens.signing_keys.sealed import Unreadable


@dataclass(frozen=True, kw_only=True)
class UserGrant:
    """What tokens for a user are issued from. `generation`: of the refresh token with them; None: there is none (R30).

    `code` and `nonce` are those of the authorization request, where it is a code that is redeemed.
    """

    family: TokenFamily
    reach: Reach
    generation: int | None
    nonce: str = ""
    code: str = field(default="", repr=False)


def client_credentials_token(
    *,
    caller: Authenticated,
    scopes: tuple[str, ...],
    audiences: tuple[str, ...],
    expires: datetime | None,
    now: datetime,
) -> dict[str, Any]:
    """Write the token, then answer it: none is answered that was not recorded. Raises hot_path.Stale."""
    scope = " ".join(scopes)
    value = access_token_value(
        caller.client,
        Granted(
            issuer=issuer(),
            client_id=caller.client.client_id,
            sub=caller.client.client_id,
            audiences=audiences,
            scope=scope,
        ),
        expires=expires,
        now=now,
    )
    row = hot_path.NewToken(
        token_hash=stored_hash(value), scope=scope, audiences=audiences, created=now, expires=expires
    )
    hot_path.issue(row, caller=caller)
    return token_answer(value, scope=scope, expires=expires, now=now)


def user_tokens(grant: UserGrant, *, client: ClientPolicy, expires: datetime | None, now: datetime) -> dict[str, Any]:
    """Write the access token, and the refresh token where the limit leaves one; then answer both.

    Call it in the transaction that has consumed the code or refresh token.
    """
    family, scope, audiences = grant.family, " ".join(grant.reach.scopes), grant.reach.audiences
    value = access_token_value(
        client,
        Granted(
            issuer=issuer(),
            client_id=client.client_id,
            sub=str(family.user.sub),
            audiences=audiences,
            scope=scope,
            auth_time=family.auth_time,
        ),
        expires=expires,
        now=now,
    )
    AccessToken.objects.create(
        token_hash=stored_hash(value),
        application_id=family.application_id,
        user_id=family.user_id,
        family=family,
        scope=scope,
        resource=" ".join(audiences),
        client_epoch=family.client_epoch,
        user_epoch=family.user_epoch,
        created=now,
        expires=expires,
    )
    answer = token_answer(value, scope=scope, expires=expires, now=now)
    if OPENID in grant.reach.scopes:
        answer["id_token"] = id_token(grant, client, access_token=value, now=now)
    if grant.generation is None:
        return answer
    limit = client.refresh_limit
    refresh_token = refresh_rotation.issue(family, generation=grant.generation, limit=limit, now=now)
    return answer if refresh_token is None else answer | {"refresh_token": refresh_token}


def access_token_value(client: ClientPolicy, granted: Granted, *, expires: datetime | None, now: datetime) -> str:
    """A new token's value, as the client's format says. One that never ends is opaque: a JWT needs `exp` (R28).

    Signed with the keys of `client.policy_version`: whoever writes the row has that version compared, so that no
    token is signed by a key after its rotation. Raises OAuthError where the keys cannot be read.
    """
    if client.token_format != "jwt" or expires is None:
        return new_opaque_token(expires)
    with _readable_keys():
        key = ring(client.policy_version).current(client.access_token_alg)
        return jwt_format.mint(granted, key=key, now=now, expires=expires)


def id_token(grant: UserGrant, client: ClientPolicy, *, access_token: str, now: datetime) -> str:
    """OpenID Connect Core §3.1.3.3; after refreshing it says the same sign-in (§12.2), without a nonce.

    `access_token` empty: there is none, and the ID token itself tells what the scopes stand for (§5.4).
    """
    family, person = grant.family, person_of(grant.family.user)
    wanted = claims.requested(family.claims) if access_token else claims.of_scopes(grant.reach.scopes)
    sign_in = SignIn(
        issuer=issuer(),
        client_id=client.client_id,
        sub=str(family.user.sub),
        nonce=grant.nonce,
        auth_time=family.auth_time,
        access_token=access_token,
        claims=claims.for_id_token(person, scopes=grant.reach.scopes, wanted=wanted),
    )
    with _readable_keys():
        return id_tokens.mint(sign_in, key=ring(client.policy_version).current(client.id_token_alg), now=now)


@contextmanager
def _readable_keys() -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        raise unavailable("The signing keys cannot be read.", detail=str(error)) from error


def token_answer(value: str, *, scope: str, expires: datetime | None, now: datetime) -> dict[str, Any]:
    """RFC 6749 §5.1; `expires_in` is omitted for a token that never expires (R28)."""
    answer: dict[str, Any] = {"access_token": value, "token_type": "Bearer", "scope": scope}
    remaining = expires_in(expires, now=now)
    if remaining is not None:
        answer["expires_in"] = remaining
    return answer
