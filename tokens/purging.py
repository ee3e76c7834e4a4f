"""Deleting what has ended long ago, in batches, so that no table grows without bound and no lock is held long."""

from __future__ import annotations

from datetime import datetime, timedelta

from tokens.models import AccessToken

KEPT_FOR = timedelta(days=30)  # after expiry, for people who look at what was issued
BATCH = 5_000
MOST_BATCHES = 200  # a run; what is left waits for the next one


def purge_expired(now: datetime) -> int:
    """Delete access tokens whose expiry lies KEPT_FOR back; those that never expire stay. Returns how many went."""
    gone = 0
    for _ in range(MOST_BATCHES):
        ended = AccessToken.objects.filter(expires__lt=now - KEPT_FOR).order_by("expires")
        batch = list(ended.values_list("pk", flat=True)[:BATCH])
        if not batch:
            break
        deleted, _by_model = AccessToken.objects.filter(pk__in=batch).delete()
        gone += deleted
    return gone
