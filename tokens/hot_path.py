"""The statements that `/token` and `/introspect` live on; everywhere else the ORM is used.

They act on what a worker remembers (a verified secret, key or token, a client's and the server's policy) and have
the database recheck all of it in the same statement: the client's row at the remembered revision, active; its service
account active; the secret's row alive, or the token's with its user; the server's policy at the remembered version. No
row: the caller forgets and takes the long way. So nothing needs to be invalidated across workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection

from tokens.client_authentication import Authenticated
from tokens.lifetimes import LAST_MOMENT

_CALLER = """
    JOIN clients_client caller ON caller.id = %s AND caller.revision = %s
        AND caller.is_active AND caller.deleted_at IS NULL
    LEFT JOIN accounts_user service ON service.id = caller.service_account_id
"""
_BY_SECRET = f"""
    {_CALLER}
    JOIN clients_clientsecret secret ON secret.id = %s AND secret.client_id = caller.id
        AND secret.revoked_at IS NULL AND (secret.expires_at IS NULL OR secret.expires_at > %s)
"""
_BY_TOKEN = f"""
    {_CALLER}
    JOIN tokens_accesstoken bearer ON bearer.token_hash = %s AND bearer.application_id = caller.id
        AND bearer.revoked_at IS NULL AND (bearer.expires IS NULL OR bearer.expires > %s)
        AND bearer.client_epoch = caller.token_epoch
        AND (bearer.user_id IS NULL OR EXISTS (
            SELECT 1 FROM accounts_user holder WHERE holder.id = bearer.user_id AND holder.is_active
                AND holder.deleted_at IS NULL AND holder.token_epoch = bearer.user_epoch))
        AND (bearer.family_id IS NULL OR EXISTS (
            SELECT 1 FROM tokens_tokenfamily own WHERE own.id = bearer.family_id AND own.revoked_at IS NULL))
"""
# Its key is a column of the caller's row, and the signature was looked at in this request: the revision says it all.
_BY_KEY = _CALLER
# A system client has no service account (R61); whoever has one acts as it (R17), and so stops with it.
_STANDING = """
    WHERE settings.id = 1 AND (caller.service_account_id IS NULL OR service.is_active)
        AND settings.policy_version = %s
"""

_ISSUE, _ISSUE_BY_KEY = (
    f"""
    INSERT INTO tokens_accesstoken
        (token_hash, scope, resource, created, expires, application_id, user_id, client_epoch, user_epoch)
    SELECT %s, %s, %s, %s, {{expires}}, caller.id, service.id, caller.token_epoch, COALESCE(service.token_epoch, 0)
    FROM accounts_serversettings settings {proof} {_STANDING}
    """
    for proof in (_BY_SECRET, _BY_KEY)
)
# Nothing is written where it stands already: of many at once, one learns that it was the first.
_USE_UP = "INSERT INTO tokens_usedassertion (digest, ends) VALUES (%s, %s) ON CONFLICT (digest) DO NOTHING"

_TOKEN_COLUMNS = """
    token.id, token.scope, token.resource, token.created, token.expires,
    COALESCE(token.revoked_at, family.revoked_at),
    client.id, client.client_id, client.is_active AND client.deleted_at IS NULL,
    token.client_epoch = client.token_epoch,
    account.id, account.username, account.sub, account.kind,
    account.is_active AND account.deleted_at IS NULL, token.user_epoch = account.token_epoch, token.user_id,
    {namespaces}
"""
# R8: those of the token's client, separated by line feeds, which no name holds.
_NAMESPACES = """(
    SELECT {joined} FROM clients_client_namespaces listed
    JOIN clients_namespace namespace ON namespace.id = listed.namespace_id WHERE listed.client_id = client.id
)"""
_JOINED = {"postgresql": "string_agg(namespace.name, chr(10))", "sqlite": "group_concat(namespace.name, char(10))"}
_TOKEN_JOINS = """
    LEFT JOIN tokens_accesstoken token ON token.token_hash = %s
    LEFT JOIN tokens_tokenfamily family ON family.id = token.family_id
    LEFT JOIN clients_client client ON client.id = token.application_id
    LEFT JOIN accounts_user account ON account.id = token.user_id
"""
_FIND_BY_SECRET, _FIND_BY_TOKEN, _FIND_BY_KEY = (
    f"SELECT {_TOKEN_COLUMNS} FROM accounts_serversettings settings {caller} {_TOKEN_JOINS} {_STANDING}"
    for caller in (_BY_SECRET, _BY_TOKEN, _BY_KEY)
)
# The token alone is the caller's authentication: where its client and the policy stand comes with it.
_FIND = f"""
    SELECT {_TOKEN_COLUMNS}, client.revision, service.id IS NULL OR service.is_active, settings.policy_version
    FROM accounts_serversettings settings {_TOKEN_JOINS}
    LEFT JOIN accounts_user service ON service.id = client.service_account_id
    WHERE settings.id = 1
"""


@cache
def _of_vendor(statement: str, vendor: str) -> str:
    """The one word that the databases spell differently."""
    return statement.format(namespaces=_NAMESPACES.format(joined=_JOINED[vendor]))


class Stale(Exception):
    """What the worker remembers no longer holds: forget it and take the long way."""


@dataclass(frozen=True, kw_only=True)
class NewToken:
    """An access token to be written. `audiences` may be empty; `expires` None: never."""

    token_hash: bytes
    scope: str
    audiences: tuple[str, ...]
    created: datetime
    expires: datetime | None


@dataclass(frozen=True, kw_only=True)
class StoredToken:
    """A token with its client and user, as they stand at this moment."""

    pk: int
    scope: str
    audiences: tuple[str, ...]
    created: datetime
    expires: datetime | None
    revoked: bool
    client_pk: int | None
    client_id: str
    client_holds: bool
    username: str
    sub: str
    user_holds: bool
    namespaces: tuple[str, ...]
    person_pk: int | None = None  # of its user, where that is a person and no service account


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """A token that acts, and where its client and the server's policy stand at this moment."""

    token: StoredToken
    revision: int
    account_active: bool
    policy_version: int


def issue(token: NewToken, *, caller: Authenticated) -> None:
    """Write a client-credentials token in one autocommit statement. Raises Stale, having written nothing."""
    adapt = connection.ops.adapt_datetimefield_value
    values: list[Any] = [token.token_hash, token.scope, " ".join(token.audiences), adapt(token.created)]
    if token.expires is not None:
        values.append(adapt(token.expires))
    statement = (_ISSUE_BY_KEY if caller.key else _ISSUE).format(expires="NULL" if token.expires is None else "%s")
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *_recheck(caller, token.created), caller.client.policy_version])
        if cursor.rowcount != 1:
            raise Stale


def find_as_caller(token_hash: bytes, *, caller: Authenticated, now: datetime) -> StoredToken | None:
    """The token, or None where there is none; in the same statement the caller is rechecked (else Stale)."""
    by = _FIND_BY_KEY if caller.key else _FIND_BY_SECRET if caller.token_hash is None else _FIND_BY_TOKEN
    statement = _of_vendor(by, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*_recheck(caller, now), token_hash, caller.client.policy_version])
        row = cursor.fetchone()
    if row is None:
        raise Stale
    return _stored(row)


def find(token_hash: bytes) -> Bearer | None:
    """A bearer token that is itself the caller's authentication; None where there is none, or its client is gone."""
    with connection.cursor() as cursor:
        cursor.execute(_of_vendor(_FIND, connection.vendor), [token_hash])
        row = cursor.fetchone()
    *columns, revision, account_active, policy_version = row
    token = _stored(tuple(columns))
    if token is None or token.client_pk is None:
        return None
    return Bearer(token=token, revision=revision, account_active=bool(account_active), policy_version=policy_version)


def use_up(digest: bytes, *, ends: datetime) -> bool:
    """Note that an assertion is used (RFC 7523 §3); False where it was used before, on this worker or another."""
    with connection.cursor() as cursor:
        cursor.execute(_USE_UP, [digest, connection.ops.adapt_datetimefield_value(ends)])
        return bool(cursor.rowcount == 1)


def _recheck(caller: Authenticated, now: datetime) -> list[Any]:
    adapted = connection.ops.adapt_datetimefield_value(now)
    if caller.key:
        return [caller.client.pk, caller.client.revision]
    proof = caller.secret_pk if caller.token_hash is None else caller.token_hash
    return [caller.client.pk, caller.client.revision, proof, adapted]


def _stored(row: tuple[Any, ...]) -> StoredToken | None:
    (pk, scope, resource, created, expires, revoked_at, client_pk, client_id, client_usable, client_epoch_holds,
     account_pk, username, sub, kind, user_usable, user_epoch_holds, user_id, namespaces) = row  # fmt: skip
    if pk is None:
        return None
    return StoredToken(
        pk=pk,
        scope=scope,
        audiences=tuple(resource.split()),
        created=_moment(created) or LAST_MOMENT,
        expires=_moment(expires),
        revoked=revoked_at is not None,
        client_pk=client_pk,
        client_id=client_id or "",
        client_holds=bool(client_usable and client_epoch_holds),
        username=username or "",
        # Of client credentials the subject is the client itself (contracts, Names and subjects).
        sub=(client_id or "") if kind == "service" or user_id is None else _uuid_text(sub),
        user_holds=user_id is None or bool(account_pk is not None and user_usable and user_epoch_holds),
        namespaces=tuple(sorted(namespaces.split("\n"))) if namespaces else (),
        person_pk=None if kind == "service" else user_id,
    )


def _moment(value: datetime | None) -> datetime | None:
    """SQLite keeps moments without their zone, which is UTC."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _uuid_text(value: Any) -> str:
    """SQLite gives 32 hexadecimal characters, PostgreSQL a UUID."""
    text = str(value or "")
    return (
        text
        if "-" in text or len(text) != 32
        else "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    )
