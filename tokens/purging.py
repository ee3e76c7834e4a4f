"""Deleting what has ended long ago, in batches, so that no table grows without bound and no lock is held long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts import server_settings
from tokens.models import AccessToken, AuthorizationCode, DeviceCode, RefreshToken, TokenFamily, UsedAssertion

DEVICE_CODES_KEPT_FOR = timedelta(days=1)
ASSERTIONS_KEPT_FOR = timedelta(minutes=5)  # more than the clocks of two of our machines may differ
BATCH = 5_000
MOST_BATCHES = 200  # a run; what is left waits for the next one


def purge_expired(now: datetime) -> int:
    """Delete access tokens that ended longer ago than retention says; those that never expire stay. How many went."""
    kept_since = _kept_since(now)
    return _in_batches(lambda: _access_tokens(kept_since))


def purge_families(now: datetime) -> int:
    """Delete families that can neither be refreshed nor have a token left, with their codes and refresh tokens.

    Until then consumed rows stay: whoever uses one again is noticed (R31). Returns how many families went.
    """
    kept_since = _kept_since(now)
    return _in_batches(lambda: _families(kept_since))


def purge_device_codes(now: datetime) -> int:
    """Delete device codes a day after their end: until then, whoever comes too late is told so. Returns how many."""
    return _in_batches(lambda: _device_codes(now))


def purge_used_assertions(now: datetime) -> int:
    """Delete what says that assertions were used, once their age refuses them. Returns how many."""
    return _in_batches(lambda: _used_assertions(now))


def _used_assertions(now: datetime) -> int:
    ended = UsedAssertion.objects.filter(ends__lt=now - ASSERTIONS_KEPT_FOR).order_by("ends")
    batch = [bytes(digest) for digest in ended.values_list("digest", flat=True)[:BATCH]]
    return UsedAssertion.objects.filter(pk__in=batch).delete()[0] if batch else 0


def _device_codes(now: datetime) -> int:
    ended = DeviceCode.objects.filter(expires__lt=now - DEVICE_CODES_KEPT_FOR).order_by("expires")
    batch = list(ended.values_list("pk", flat=True)[:BATCH])
    return DeviceCode.objects.filter(pk__in=batch).delete()[0] if batch else 0


def _kept_since(now: datetime) -> datetime:
    """R62: what ended before is not kept."""
    return now - timedelta(days=server_settings.current().retention)


def _in_batches(delete: Callable[[], int]) -> int:
    gone = 0
    for _ in range(MOST_BATCHES):
        deleted = delete()
        gone += deleted
        if not deleted:
            break
    return gone


def _access_tokens(kept_since: datetime) -> int:
    ended = AccessToken.objects.filter(expires__lt=kept_since).order_by("expires")
    batch = list(ended.values_list("pk", flat=True)[:BATCH])
    deleted, _by_model = AccessToken.objects.filter(pk__in=batch).delete()
    return int(deleted)


@transaction.atomic
def _families(kept_since: datetime) -> int:
    tokens = AccessToken.objects.filter(family=OuterRef("pk"))
    ended = TokenFamily.objects.filter(~Exists(tokens), expires__lt=kept_since).order_by("expires")
    batch = list(ended.values_list("pk", flat=True)[:BATCH])
    for model in (AuthorizationCode, RefreshToken):
        model.objects.filter(family__in=batch).delete()
    TokenFamily.objects.filter(pk__in=batch).delete()
    return len(batch)
