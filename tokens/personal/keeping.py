"""Making, listing and ending personal access tokens (R52). Atomic, and audited; a value is told once, never kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

import audit
from accounts import reach
from accounts.models import User
from clients.models import Client
from clients.rules import grant_types
from policies import scopes as scope_rules
from policies.snapshots import refresh_server_policy
from tokens import families
from tokens.formats import PERSONAL_TOKEN, new_opaque_token, stored_hash
from tokens.models import AccessToken, PersonalToken, TokenFamily
from tokens.personal import choosing
from tokens.personal.choosing import Fault

MOST_LIVE = 50  # of one person at one client
ENDING_SOON = timedelta(days=14)
Changes = dict[str, list[str | None]]


class NotMade(Exception):
    """Why there is no token: every fault. Nothing was written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class Made:
    """A new token. `value` is told to its person once."""

    row: PersonalToken
    value: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """A token as its person sees it. `state`: live, ending (soon), expired, revoked, or ended with client or person."""

    row: PersonalToken
    scopes: tuple[str, ...]
    state: str

    @property
    def works(self) -> bool:
        return self.state in ("live", "ending")


def make(
    *,
    user: User,
    client: Client,
    name: str,
    scopes: Collection[str],
    lasts: str,
    by: audit.Actor,
    now: datetime,
) -> Made:
    """A token of `user` for `client`. Raises NotMade."""
    name, offered = name.strip(), [scope.name for scope in choosing.scopes_for(client, user)]
    found = [*choosing.name_faults(name), *choosing.scope_faults(scopes, offered=offered)]
    expires = None
    try:
        expires = choosing.ends(lasts, client=client, now=now)
    except ValueError as error:
        found.append(Fault(field="lasts", message=str(error)))
    if found:
        raise NotMade(found)
    with transaction.atomic():
        reach.hold_still(user)  # of many requests at once, each counts the ones before
        if live_rows(user, client=client, now=now).count() >= MOST_LIVE:
            raise NotMade([Fault(field="name", message=f"You have {MOST_LIVE} for this client: revoke one first.")])
        return _write(user, client, name, tuple(sorted(set(scopes))), expires, by=by, now=now)


def _write(
    user: User,
    client: Client,
    name: str,
    scopes: tuple[str, ...],
    expires: datetime | None,
    *,
    by: audit.Actor,
    now: datetime,
) -> Made:
    """One family, one token and what people call it, at the client and the person as they were read."""
    audiences = scope_rules.audiences(scopes, refresh_server_policy().catalogue)
    holders = {"application": client, "user": user, "client_epoch": client.token_epoch, "user_epoch": user.token_epoch}
    said = {"scope": " ".join(scopes), "resource": " ".join(audiences), "created": now, "expires": expires}
    family = TokenFamily.objects.create(grant_type=grant_types.PERSONAL_ACCESS_TOKEN, **holders, **said)
    value = new_opaque_token(expires, prefix=PERSONAL_TOKEN)
    token = AccessToken.objects.create(token_hash=stored_hash(value), family=family, **holders, **said)
    row = PersonalToken.objects.create(
        user=user, application=client, family=family, access_number=token.pk, name=name, created=now, expires=expires
    )
    changes: Changes = {
        "scope": [None, " ".join(scopes)],
        "expires": [None, expires.isoformat() if expires else "never"],
    }
    _record("token.personal_made", row, client, changes=changes, by=by, now=now)
    return Made(row=row, value=value)


@transaction.atomic
def revoke(row: PersonalToken, *, by: audit.Actor, now: datetime) -> bool:
    """End it at once, for good; whether it lived. Read it with its client."""
    ended = families.revoke(row.family_id, now=now)
    if ended:
        _record("token.personal_revoked", row, row.application, changes={}, by=by, now=now)
    return ended


def _record(
    kind: str,
    row: PersonalToken,
    client: Client,
    *,
    changes: Changes,
    by: audit.Actor,
    now: datetime,
) -> None:
    subject = audit.Subject("client", client.pk, client.client_id)
    detail = {"name": row.name, "user": row.user.username}
    audit.record(kind, actor=by, subject=subject, changes=changes, detail=detail, at=now)


def of(user: User) -> QuerySet[PersonalToken]:
    """All of a person's that are kept, the newest first, with client and family."""
    rows: QuerySet[PersonalToken] = PersonalToken.objects.filter(user=user).select_related("application", "family")
    return rows.order_by("-pk")


def live_rows(user: User, *, now: datetime, client: Client | None = None) -> QuerySet[PersonalToken]:
    """Those that still work, but for what became of client and person."""
    rows = of(user).filter(family__revoked_at=None).filter(Q(expires=None) | Q(expires__gt=now))
    return rows.filter(application=client) if client is not None else rows


def lines(user: User, *, now: datetime) -> list[Line]:
    """As My account lists them; one statement."""
    return [line(row, user, now=now) for row in of(user)[:500]]


def line(row: PersonalToken, user: User, *, now: datetime) -> Line:
    """One of them. Read it with its client and family."""
    return Line(row=row, scopes=families.scopes_of(row.family), state=_state(row, user, now=now))


def _state(row: PersonalToken, user: User, *, now: datetime) -> str:
    family, client = row.family, row.application
    if family.revoked_at is not None:
        return "revoked"
    then, today = (family.client_epoch, family.user_epoch), (client.token_epoch, user.token_epoch)
    if client.deleted_at is not None or then != today:
        return "ended"
    if row.expires is not None and row.expires <= now:
        return "expired"
    if not client.is_active:
        return "paused"
    return "ending" if row.expires is not None and row.expires - now <= ENDING_SOON else "live"
