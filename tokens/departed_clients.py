"""What was issued to clients that were deleted for good (R47): dead since, and purged before the client itself goes.

It is deleted in batches by the maintenance loop; `clients.life.purging` asks what remains.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Model

from clients.life.lifecycle import RESTORABLE_FOR
from clients.models import Client
from tokens.models import (
    AccessToken,
    AuthorizationCode,
    Consent,
    DailyCount,
    DeviceCode,
    IDToken,
    PersonalToken,
    RefreshToken,
    Registration,
    TokenFamily,
)
from tokens.purging import BATCH, MOST_BATCHES

# Every model whose rows refer to a client, and how they do; a refresh token's index leads through its family, which
# therefore comes after it. A test holds the list to the models.
ROWS: dict[type[Model], str] = {
    AccessToken: "application",
    RefreshToken: "family__application",
    AuthorizationCode: "application",
    TokenFamily: "application",
    IDToken: "application",
    DeviceCode: "application",
    Consent: "application",
    PersonalToken: "application",
    Registration: "client",
    DailyCount: "client",
}
CLIENTS_AT_ONCE = 200


def remaining(numbers: Sequence[int]) -> set[int]:
    """Which of these clients still have rows of ours."""
    found: set[int] = set()
    for model, path in ROWS.items():
        asked = [number for number in numbers if number not in found]
        rows = model._default_manager.filter(**{f"{path}__in": asked}).order_by()
        found.update(rows.values_list(path, flat=True).distinct())
    return found


def purge(now: datetime) -> int:
    """Delete the rows of clients whose time to be restored is over. Returns how many went."""
    gone, last = 0, 0
    for _ in range(MOST_BATCHES):
        due = Client.objects.filter(deleted_at__lte=now - RESTORABLE_FOR, pk__gt=last)
        numbers = list(due.order_by("pk").values_list("pk", flat=True)[:CLIENTS_AT_ONCE])
        if not numbers:
            break
        gone += sum(_purge_rows(numbers, model, path) for model, path in ROWS.items())
        last = numbers[-1]
    return gone


def _purge_rows(numbers: Sequence[int], model: type[Model], path: str) -> int:
    gone = 0
    for _ in range(MOST_BATCHES):
        rows = model._default_manager.filter(**{f"{path}__in": numbers}).order_by()
        batch = list(rows.values_list("pk", flat=True)[:BATCH])
        if not batch:
            break
        gone += model._default_manager.filter(pk__in=batch).delete()[0]
    return gone
