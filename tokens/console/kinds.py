"""The kinds of things that are issued, each with its table and how a row of it is read: one table of four."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import Model, QuerySet

from accounts.models import User
from clients.models import Client
from tokens.console.states import Standing, State, state_of
from tokens.device.codes import LIFETIME
from tokens.models import AccessToken, AuthorizationCode, DeviceCode, RefreshToken, TokenFamily

LARGEST = 2**63 - 1
FAMILY = "fam"
_PUBLIC_ID = re.compile(r"(at|rt|ac|dc|fam)_([0-9]{1,19})")
_CLIENT = ("client_id", "name", "display_name", "is_active", "deleted_at", "token_epoch", "owner_id")
_USER = ("username", "given_name", "family_name", "kind", "is_active", "deleted_at", "token_epoch")
_FAMILY = ("revoked_at", "scope", "resource", "client_epoch", "user_epoch", "grant_type")


@dataclass(frozen=True, kw_only=True)
class Token:
    """One row of any kind, in its state. `user` None: nobody's. `generation`: of a refresh token."""

    kind: Kind
    number: int
    client: Client
    user: User | None
    family_pk: int | None
    scope: str
    audiences: tuple[str, ...]
    created: datetime
    standing: Standing
    state: State
    generation: int | None = None
    waiting: bool = False

    @property
    def public_id(self) -> str:
        return f"{self.kind.prefix}_{self.number}"

    @property
    def family_id(self) -> str:
        return "" if self.family_pk is None else f"{FAMILY}_{self.family_pk}"

    @property
    def expires(self) -> datetime | None:
        return self.standing.expires

    @property
    def revocable(self) -> bool:
        """Whether revoking it changes anything, now or once its client is active again."""
        return self.state in (State.LIVE, State.SUSPENDED)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`time`: the column that says when a row was made, `before` that column. `scope`: where its scope stands."""

    value: str
    prefix: str
    label: str
    model: type[Model]
    hashed: str
    scope: str
    joins: tuple[str, ...]
    only: tuple[str, ...]
    read: Callable[[Any], dict[str, Any]]
    consumable: bool = True

    def rows(self) -> QuerySet[Any]:
        """With client, user and family in the same statement, and no hash."""
        columns = [f"application__{name}" for name in _CLIENT] + list(self.only)
        for join in self.joins:
            wanted = {"family": _FAMILY}.get(join, _USER)
            columns += [f"{join}__{name}" for name in wanted]
        rows: QuerySet[Any] = self.model._default_manager.select_related("application", *self.joins).only(*columns)
        return rows

    def token(self, row: Any, *, now: datetime) -> Token:
        said = self.read(row)
        said.setdefault("created", getattr(row, "created", None))
        state = state_of(said["standing"], now=now)
        return Token(kind=self, number=row.pk, client=row.application, family_pk=row.family_id, state=state, **said)


def _access(row: AccessToken) -> dict[str, Any]:
    family: TokenFamily | None = row.family
    moments = [at for at in (row.revoked_at, family.revoked_at if family else None) if at is not None]
    standing = Standing(
        expires=row.expires,
        revoked_at=min(moments, default=None),
        **_holders(row.application, row.client_epoch, row.user, row.user_epoch, nobodys=row.user_id is None),
    )
    return {"user": row.user, "scope": row.scope, "audiences": tuple(row.resource.split()), "standing": standing}


def _of_family(row: Any, family: TokenFamily) -> dict[str, Any]:
    """Codes and refresh tokens hold as long as what their user allowed."""
    standing = Standing(
        expires=row.expires or row.created,
        revoked_at=family.revoked_at,
        consumed_at=row.consumed_at,
        **_holders(row.application, family.client_epoch, family.user, family.user_epoch),
    )
    said = {"user": family.user, "scope": family.scope, "audiences": tuple(family.resource.split())}
    return said | {"standing": standing}


def _refresh(row: RefreshToken) -> dict[str, Any]:
    return _of_family(row, row.family) | {"generation": row.generation}


def _code(row: AuthorizationCode) -> dict[str, Any]:
    return _of_family(row, row.family)


def _device(row: DeviceCode) -> dict[str, Any]:
    """Nobody's until somebody allows it; denied, it ended with that."""
    family: TokenFamily | None = row.family
    created = row.expires - LIFETIME
    denied = row.status == DeviceCode.DENIED
    epoch = row.user.token_epoch if row.user is not None else 0
    standing = Standing(
        expires=row.expires,
        revoked_at=created if denied else (family.revoked_at if family else None),
        consumed_at=row.consumed_at,
        **_holders(
            row.application,
            row.client_epoch,
            row.user,
            family.user_epoch if family else epoch,
            nobodys=row.user_id is None,
        ),
    )
    said = {"user": row.user, "scope": row.scope, "audiences": tuple(row.resource.split()), "created": created}
    return said | {"standing": standing, "waiting": row.status == DeviceCode.AUTHORIZATION_PENDING}


class _Holders(TypedDict):
    ended: bool
    paused: bool


def _holders(
    client: Client, client_epoch: int, user: User | None, user_epoch: int, *, nobodys: bool = False
) -> _Holders:
    """Whether client and user are as they were when it was issued."""
    client_ended = client.deleted_at is not None or client.token_epoch != client_epoch
    if nobodys:
        return {"ended": client_ended, "paused": not client.is_active}
    if user is None:
        return {"ended": True, "paused": False}
    user_ended = user.deleted_at is not None or user.token_epoch != user_epoch
    return {"ended": client_ended or user_ended, "paused": not (client.is_active and user.is_active)}


_MADE = ("application_id", "family_id", "created", "expires")
KINDS = (
    Kind(
        value="access",
        prefix="at",
        label="Access",
        model=AccessToken,
        hashed="token_hash",
        scope="scope",
        joins=("user", "family"),
        only=(*_MADE, "user_id", "scope", "resource", "client_epoch", "user_epoch", "revoked_at"),
        read=_access,
        consumable=False,
    ),
    Kind(
        value="refresh",
        prefix="rt",
        label="Refresh",
        model=RefreshToken,
        hashed="token_hash",
        scope="family__scope",
        joins=("family", "family__user"),
        only=(*_MADE, "consumed_at", "generation", "family__user_id"),
        read=_refresh,
    ),
    Kind(
        value="code",
        prefix="ac",
        label="Code",
        model=AuthorizationCode,
        hashed="code_hash",
        scope="family__scope",
        joins=("family", "family__user"),
        only=(*_MADE, "consumed_at", "family__user_id"),
        read=_code,
    ),
    Kind(
        value="device",
        prefix="dc",
        label="Device code",
        model=DeviceCode,
        hashed="device_code_hash",
        scope="scope",
        joins=("user", "family"),
        only=(
            "application_id",
            "family_id",
            "expires",
            "user_id",
            "scope",
            "resource",
            "client_epoch",
            "status",
            "consumed_at",
        ),
        read=_device,
    ),
)
BY_VALUE = {kind.value: kind for kind in KINDS}
BY_PREFIX = {kind.prefix: kind for kind in KINDS}


def parted(public_id: str) -> tuple[str, int] | None:
    """Prefix and number of a public id such as `at_310` or `fam_12`; None for what is none."""
    found = _PUBLIC_ID.fullmatch(public_id)
    if found is None or int(found[2]) > LARGEST:
        return None
    return found[1], int(found[2])
