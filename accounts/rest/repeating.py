"""`Idempotency-Key`: a creation that is sent again, after an answer that got lost, is answered and not done again.

The key is kept with what was asked and what was answered, in the transaction that creates; so of two at once, one
creates and the other is answered with the same. A secret is not kept: it is told once.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import KeptAnswer, User
from accounts.rest.refusals import Fault, Refusal, invalid

KEPT_FOR = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
BATCH = 1_000


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A creation under a key, by whom, at which operation."""

    user: User
    operation: str
    key: str
    data: Any

    @property
    def key_digest(self) -> bytes:
        return hashlib.sha256(f"{self.operation} {self.key}".encode()).digest()

    @property
    def data_digest(self) -> bytes:
        """So that another body under the same key is told apart; nothing of it is kept."""
        return hashlib.sha256(json.dumps(self.data, sort_keys=True).encode()).digest()


def check_key(key: str) -> None:
    """Raises Refusal."""
    if not _KEY.fullmatch(key):
        message = "An Idempotency-Key has 1 to 255 printable ASCII characters without spaces."
        raise invalid([Fault(path="Idempotency-Key", message=message, code="idempotency_key")])


def earlier(asked: Asked, *, now: datetime) -> KeptAnswer | None:
    """What was answered before. Raises Refusal where something else was asked under this key."""
    rows = KeptAnswer.objects.filter(user=asked.user, key_digest=asked.key_digest, created__gt=now - KEPT_FOR)
    kept: KeptAnswer | None = rows.first()
    if kept is not None and bytes(kept.data_digest) != asked.data_digest:
        message = "This Idempotency-Key was used for another request. Take a new one."
        raise Refusal(409, "idempotency_key_reused", message)
    return kept


def reserve(asked: Asked, *, now: datetime) -> KeptAnswer:
    """Take the key, first of all in the transaction that creates: whoever comes meanwhile waits for its end.

    Raises Twin where another request of this key was faster.
    """
    KeptAnswer.objects.filter(user=asked.user, key_digest=asked.key_digest, created__lte=now - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(
                user=asked.user,
                key_digest=asked.key_digest,
                data_digest=asked.data_digest,
                status=0,
                body=None,
                created=now,
            )
    except IntegrityError as error:
        raise Twin from error


def keep(row: KeptAnswer, *, status: int, body: Any, location: str) -> None:
    """What was answered."""
    row.status, row.body, row.location = status, body, location
    row.save(update_fields=["status", "body", "location"])


class Twin(Exception):
    """Another request under the same key has created meanwhile: nothing of this one may stay."""


def purge(now: datetime) -> int:
    """Forget what has lapsed, a batch a time."""
    lapsed = KeptAnswer.objects.filter(created__lte=now - KEPT_FOR).order_by("pk").values_list("pk", flat=True)[:BATCH]
    return KeptAnswer.objects.filter(pk__in=list(lapsed)).delete()[0]
