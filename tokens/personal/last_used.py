"""When personal access tokens were last used: gathered in the worker, written every few seconds, as of clients."""

from __future__ import annotations

import threading
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from tokens.formats import PERSONAL_TOKEN
from tokens.models import PersonalToken, TokenFamily

MOST_IN_MEMORY = 20_000
BATCH = 5_000

_lock = threading.Lock()
_used: dict[int, datetime] = {}  # by the number of the access token


def note(value: str, number: int, *, now: datetime) -> None:
    """Remember a use of the access token of this number, where its value is a personal one's."""
    if not value.startswith(PERSONAL_TOKEN):
        return
    with _lock:
        if number in _used or len(_used) < MOST_IN_MEMORY:
            _used[number] = now


def flush() -> int:
    """Write what was gathered, never moving a time backwards; returns how many there were."""
    with _lock:
        gathered = dict(_used)
        _used.clear()
    if gathered:
        with transaction.atomic():
            for number, at in sorted(gathered.items()):
                older = Q(last_used_at=None) | Q(last_used_at__lt=at)
                PersonalToken.objects.filter(older, access_number=number).update(last_used_at=at)
    return len(gathered)


def purge(_: datetime) -> int:
    """Delete the names of what was purged itself; returns how many went."""
    there = TokenFamily.objects.filter(pk=OuterRef("family_id"))
    gone = PersonalToken.objects.filter(~Exists(there)).values_list("pk", flat=True)[:BATCH]
    return PersonalToken.objects.filter(pk__in=list(gone)).delete()[0]
