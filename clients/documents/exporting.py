"""Giving clients away as documents (R48): one, or many as they are read. Each time is an event.

Which clients a viewer may export is decided in `clients.access`; the form of a document in
`clients.documents.document`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

import audit
from accounts.connections import give_back
from clients.documents.document import to_document
from clients.models import Client

MOST_EXPORTED = 20_000  # of one export: `manage.py export` is for more
BATCH = 500


class TooMany(Exception):
    """More clients than one export holds; the message is a public sentence."""


def export_one(client: Client, *, by: audit.Actor, now: datetime) -> str:
    """The client's document as text."""
    subject = audit.Subject("client", client.pk, f"{client.name} ({client.client_id})")
    audit.record("client.exported", actor=by, subject=subject, at=now)
    return as_text(to_document(client))


def export_many(clients: QuerySet[Client], *, by: audit.Actor, now: datetime) -> Iterator[str]:
    """`{"clients": […]}` in pieces, oldest first. Recorded before the first piece leaves. Raises TooMany.

    Which clients they are is settled now; a client that changes while the pieces travel is told as it is then.
    """
    numbers = list(clients.order_by("pk").values_list("pk", flat=True)[: MOST_EXPORTED + 1])
    if len(numbers) > MOST_EXPORTED:
        raise TooMany(f"One export holds at most {MOST_EXPORTED:,} clients. Narrow the list down first.")
    audit.record("client.exported", actor=by, at=now, detail={"clients": len(numbers)})
    return _pieces(numbers)


def _pieces(numbers: Sequence[int]) -> Iterator[str]:
    """Batch by batch, so that neither memory nor a connection is held while a slow reader takes them."""
    yield '{"clients": ['
    for start in range(0, len(numbers), BATCH):
        batch = Client.objects.filter(pk__in=numbers[start : start + BATCH]).select_related("owner", "service_account")
        texts = [json.dumps(to_document(client), ensure_ascii=False) for client in batch.order_by("pk")]
        give_back()
        yield (",\n" if start else "\n") + ",\n".join(texts)
    yield "\n]}\n"


def as_text(document: dict[str, Any]) -> str:
    """A document as people read it."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def file_name(client_id: str) -> str:
    """A name for the downloaded file that every system takes: no path, no space, nothing that a header minds."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", client_id).strip("-.")[:100]
    return f"client-{plain or 'document'}.json"
