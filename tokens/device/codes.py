"""Device codes from issue to redemption (RFC 8628 §3): asked for once, decided once, redeemed once.

Each step is a conditional UPDATE, so that of all who try at once one succeeds: the first person's decision counts, and
of two polls that come together one gets the tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import User
from clients.models import Client
from clients.rules import grant_types
from policies.resources import Reach
from tokens import families, formats, standing
from tokens.client_authentication import Authenticated
from tokens.device import user_codes
from tokens.errors import OAuthError, Settled, invalid_grant
from tokens.models import DeviceCode, TokenFamily

LIFETIME = timedelta(minutes=10)
INTERVAL = 5  # seconds between polls (§3.2)
SLOWER_BY = 5  # seconds (§3.5, slow_down)
SLOWEST = 60
MOST_COLLISIONS = 5


@dataclass(frozen=True, kw_only=True)
class Issued:
    """Both codes, which exist nowhere else."""

    device_code: str = field(repr=False)
    user_code: str = field(repr=False)
    interval: int = INTERVAL


def issue(*, client: Client, reach: Reach, now: datetime) -> Issued:
    """§3.2. Of both codes only hashes are kept."""
    expires = now + LIFETIME
    for _ in range(MOST_COLLISIONS):
        device_code = formats.new_opaque_token(expires, prefix=formats.DEVICE_CODE)
        user_code = user_codes.generate()
        try:
            with transaction.atomic():
                DeviceCode.objects.create(
                    device_code_hash=formats.stored_hash(device_code),
                    user_code_hash=user_codes.stored_hash(user_code),
                    application=client,
                    client_epoch=client.token_epoch,
                    scope=" ".join(reach.scopes),
                    resource=" ".join(reach.audiences),
                    interval=INTERVAL,
                    expires=expires,
                )
        except IntegrityError:
            continue  # another device has this user code: draw again
        return Issued(device_code=device_code, user_code=user_code)
    raise OAuthError("temporarily_unavailable", "No code is free.", status=503, headers={"Retry-After": "5"})


# ── The person ──


def waiting(user_code: str, *, now: datetime) -> DeviceCode | None:
    """The undecided code that somebody typed, of a client that still stands."""
    rows = DeviceCode.objects.select_related("application__owner", "application__service_account").filter(
        user_code_hash__in=user_codes.stored_hashes(user_code),
        status=DeviceCode.AUTHORIZATION_PENDING,
        expires__gt=now,
    )
    row: DeviceCode | None = rows.first()
    if row is None:
        return None
    client: Client = row.application
    stands = client.is_active and client.deleted_at is None and client.token_epoch == row.client_epoch
    return row if stands and grant_types.DEVICE_CODE in client.grants else None


def approve(
    row: DeviceCode, user: User, reach: Reach, *, signed_in_at: datetime | None, refreshing: int, now: datetime
) -> bool:
    """What `user` allowed is theirs, once; False where somebody has decided before. In the granting transaction.

    `refreshing`: seconds for which the family can be refreshed (R29).
    """
    if not _decide(row, DeviceCode.AUTHORIZED, user=user, now=now):
        return False
    family = TokenFamily.objects.create(
        application=row.application,
        user=user,
        grant_type=grant_types.DEVICE_CODE,
        scope=" ".join(reach.scopes),
        resource=" ".join(reach.audiences),
        auth_time=signed_in_at,
        client_epoch=row.client_epoch,
        user_epoch=user.token_epoch,
        created=now,
        expires=families.refreshing_ends(lifetime=refreshing, now=now),
    )
    DeviceCode.objects.filter(pk=row.pk).update(family=family)
    return True


def deny(row: DeviceCode, user: User, *, now: datetime) -> bool:
    """The device hears of it at its next poll; False where somebody has decided before."""
    return _decide(row, DeviceCode.DENIED, user=user, now=now)


def _decide(row: DeviceCode, status: str, *, user: User, now: datetime) -> bool:
    undecided = DeviceCode.objects.filter(pk=row.pk, status=DeviceCode.AUTHORIZATION_PENDING, expires__gt=now)
    return bool(undecided.update(status=status, user=user))


# ── The device ──


def find(value: str, *, caller: Authenticated, now: datetime) -> DeviceCode:
    """The code of a token request, approved and not yet redeemed. Raises OAuthError as §3.5 says, and Stale."""
    row: DeviceCode | None = None
    if formats.looks_issued(value):
        rows = DeviceCode.objects.filter(device_code_hash=formats.stored_hash(value))
        row = standing.with_standing(rows, caller=caller, now=now).first()
    if row is None or row.application_id != caller.client.pk:
        raise invalid_grant("no such device code" if row is None else "the device code is another client's")
    standing.demand(row, caller=caller)
    if row.consumed_at is not None:
        raise invalid_grant("the device code was used before")
    if row.expires <= now:
        raise OAuthError("expired_token", "The device code has expired. Ask for another one.")
    if row.status == DeviceCode.DENIED:
        raise OAuthError("access_denied", "The user did not allow it.")
    if row.status != DeviceCode.AUTHORIZED:
        raise _pending(row, now=now)
    if row.family is None or not families.holds(row.family, row.application):
        raise invalid_grant("the authorization has ended")
    return row


def _pending(row: DeviceCode, *, now: datetime) -> OAuthError:
    """§3.5: whoever asks sooner than the interval allows waits five seconds longer from then on."""
    rested = Q(polled_at=None) | Q(polled_at__lte=now - timedelta(seconds=row.interval))
    if DeviceCode.objects.filter(rested, pk=row.pk).update(polled_at=now):
        return Settled("authorization_pending", "The user has not decided yet.")
    slower = DeviceCode.objects.filter(pk=row.pk, interval__lt=SLOWEST)
    slower.update(interval=F("interval") + SLOWER_BY, polled_at=now)
    return Settled("slow_down", "Asked too soon: wait five seconds longer between requests.")


def consume(row: DeviceCode, *, now: datetime) -> bool:
    """The gate: true for exactly one of all who try. Call it in the transaction that issues."""
    approved = DeviceCode.objects.filter(pk=row.pk, status=DeviceCode.AUTHORIZED, consumed_at=None, expires__gt=now)
    return bool(approved.update(consumed_at=now))
