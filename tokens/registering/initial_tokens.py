"""Initial access tokens (RFC 7591 §3): made by an administrator, with what they let a stranger register, and ended.

Stored as SHA-256 alone; the count of clients is kept in the UPDATE that uses one up, so that no two pass at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

import audit
from accounts import holdings
from accounts.holdings import Holding
from clients.rules import grant_types, uniqueness
from clients.rules.text import fault_of_line
from tokens.formats import REGISTRATION, looks_issued, new_opaque_token, stored_hash
from tokens.models import InitialAccessToken

LONGEST_LIFE = timedelta(days=365)
MOST_CLIENTS = 10_000
LONGEST_NAME = 100
GRANTS = (
    grant_types.AUTHORIZATION_CODE,
    grant_types.CLIENT_CREDENTIALS,
    grant_types.DEVICE_CODE,
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`field` as in Limits."""

    field: str
    message: str


class NotMade(Exception):
    """Why there is no token: every fault. Nothing was written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(" ".join(fault.message for fault in faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a token lets its bearer register. `owner`: the user name of who answers for the clients (R7).

    `redirect_hosts`: exact names, or `*.example.com` for all below; `allowed_scope`: R33's syntax.
    """

    name: str
    owner: str
    grants: tuple[str, ...]
    allowed_scope: str
    redirect_hosts: tuple[str, ...]
    clients: int
    lasts: timedelta


@dataclass(frozen=True, kw_only=True)
class Made:
    """A new token; `value` is told once."""

    row: InitialAccessToken
    value: str = field(repr=False)


def faults(limits: Limits, *, giver: Holding) -> list[Fault]:
    """Everything that is wrong with them, or not `giver`'s to give (R36)."""
    found = []
    if message := fault_of_line(limits.name, longest=LONGEST_NAME) or ("" if limits.name.strip() else "Name it."):
        found.append(Fault(field="name", message=message))
    if uniqueness.owner_named(limits.owner) is None:
        found.append(Fault(field="owner", message=f"There is no active person {limits.owner[:100]!r}."))
    if not limits.grants or set(limits.grants) - set(GRANTS):
        found.append(Fault(field="grants", message=f"Choose among {', '.join(GRANTS)}."))
    scope_faults = [fault.message for fault in holdings.allowed_scope_faults(limits.allowed_scope)]
    lacked = holdings.lacking_scopes(giver, limits.allowed_scope.split())
    scope_faults += [f"You do not hold {one[:100]}, so you cannot give it." for one in lacked]
    found += [Fault(field="allowed_scope", message=message) for message in scope_faults]
    found += [Fault(field="redirect_hosts", message=m) for m in map(_host_fault, limits.redirect_hosts) if m]
    if not 1 <= limits.clients <= MOST_CLIENTS:
        found.append(Fault(field="clients", message=f"From 1 to {MOST_CLIENTS}."))
    if not timedelta(0) < limits.lasts <= LONGEST_LIFE:
        found.append(Fault(field="lasts", message=f"From 1 to {LONGEST_LIFE.days} days."))
    return found


def _host_fault(host: str) -> str:
    plain = host.removeprefix("*.")
    sound = plain.isascii() and plain and all(c.isalnum() or c in "-.[]:" for c in plain) and plain == plain.lower()
    return "" if sound else f"{host[:100]!r} is no host, such as app.example.com or *.example.com."


@transaction.atomic
def make(limits: Limits, *, by: audit.Actor, giver: Holding, now: datetime) -> Made:
    """Raises NotMade."""
    found, owner = faults(limits, giver=giver), uniqueness.owner_named(limits.owner)
    if found or owner is None:
        raise NotMade(found)
    expires = now + limits.lasts
    value = new_opaque_token(expires, prefix=REGISTRATION)
    row = InitialAccessToken.objects.create(
        token_hash=stored_hash(value),
        name=limits.name.strip(),
        owner=owner,
        grant_types=" ".join(grant_types.in_order(limits.grants)),
        allowed_scope=holdings.normal_scope(limits.allowed_scope),
        redirect_hosts="\n".join(dict.fromkeys(limits.redirect_hosts)),
        clients_left=limits.clients,
        created=now,
        created_by=by.name[:255],
        expires=expires,
    )
    detail = {"owner": limits.owner, "grants": list(limits.grants), "allowedScope": row.allowed_scope,
              "redirectHosts": list(limits.redirect_hosts), "clients": limits.clients,
              "expires": expires.isoformat(timespec="seconds")}  # fmt: skip
    _record("registration_token.made", row, by=by, now=now, detail=detail)
    return Made(row=row, value=value)


@transaction.atomic
def revoke(row: InitialAccessToken, *, by: audit.Actor, now: datetime) -> bool:
    """Nobody registers by it any more; what was registered stays. Whether it still let anybody."""
    if not InitialAccessToken.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=now):
        return False
    _record("registration_token.revoked", row, by=by, now=now, detail={})
    return True


def _record(kind: str, row: InitialAccessToken, *, by: audit.Actor, now: datetime, detail: dict[str, object]) -> None:
    audit.record(kind, actor=by, subject=audit.Subject("registration_token", row.pk, row.name), detail=detail, at=now)


def live(*, now: datetime) -> QuerySet[InitialAccessToken]:
    """Those by which somebody can register now."""
    rows: QuerySet[InitialAccessToken] = InitialAccessToken.objects.filter(
        Q(revoked_at=None), expires__gt=now, clients_left__gt=0
    )
    return rows


def find(value: str, *, now: datetime) -> InitialAccessToken | None:
    """The live token of this value."""
    if not value.startswith(REGISTRATION) or not looks_issued(value):
        return None
    return live(now=now).select_related("owner").filter(token_hash=stored_hash(value)).first()


def use(row: InitialAccessToken, *, now: datetime) -> bool:
    """One client less; in the transaction that registers it. False where others were faster."""
    return bool(live(now=now).filter(pk=row.pk).update(clients_left=F("clients_left") - 1))


def hosts_of(row: InitialAccessToken) -> Sequence[str]:
    return str(row.redirect_hosts).split()


def lets_host(row: InitialAccessToken, host: str) -> bool:
    """Whether a redirect URI may lead to this host."""
    names = hosts_of(row)
    return host in names or any(name.startswith("*.") and host.endswith(name[1:]) for name in names)
