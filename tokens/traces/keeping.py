"""Keeping traces: written with a first refusal, purged after a set time, and never more than a set number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from audit.storable import storable, storable_text
from tokens.models import Trace
from tokens.simulator.telling import Step

KEPT_FOR = timedelta(days=7)
MOST_KEPT = 100_000  # the newest; a worker adds at most 600 a minute (`audit.refusals`)
LONGEST_VALUE = 500  # characters of any text: whoever asks chooses it
LONGEST_NAME = 255
BATCH = 5_000


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What was refused. `client_id`: as named or proven; `client_pk`: of a client that is there, else None.

    `status` and `error` as they were answered; `asked`: the request in the fields of the simulator's form.
    """

    endpoint: str
    at: datetime
    client_id: str = ""
    client_pk: int | None = None
    address: str = ""
    status: int
    error: str
    sentence: str
    about: str = ""
    asked: Mapping[str, str]


def keep(reference: str, refused: Refused, steps: Iterable[Step]) -> None:
    """One INSERT. Raises the database's errors."""
    Trace.objects.create(
        reference=reference,
        at=refused.at,
        endpoint=refused.endpoint,
        client_id=storable_text(refused.client_id, longest=LONGEST_NAME),
        client_number=refused.client_pk,
        address=refused.address,
        status=refused.status,
        error=refused.error,
        sentence=storable_text(refused.sentence, longest=LONGEST_VALUE),
        about=storable_text(refused.about, longest=LONGEST_VALUE),
        asked=storable(refused.asked, longest=LONGEST_VALUE),
        steps=storable([asdict(step) for step in steps], longest=LONGEST_VALUE),
    )


def purge(now: datetime) -> int:
    """What is older than KEPT_FOR goes, and what is beyond the newest MOST_KEPT. Returns how many went."""
    return _delete_older(now - KEPT_FOR) + _delete_beyond()


def _delete_older(than: datetime) -> int:
    gone = 0
    while batch := list(Trace.objects.filter(at__lt=than).order_by("at").values_list("pk", flat=True)[:BATCH]):
        gone += Trace.objects.filter(pk__in=batch).delete()[0]
    return gone


def _delete_beyond() -> int:
    """By number: rows are only ever added."""
    beyond = Trace.objects.order_by("-pk").values_list("pk", flat=True)[MOST_KEPT : MOST_KEPT + 1]
    newest = next(iter(beyond), None)
    return 0 if newest is None else Trace.objects.filter(pk__lte=newest).delete()[0]
