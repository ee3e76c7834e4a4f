"""Taking documents back from a viewer of the console (R49): the differences first, then exactly those, or nothing.

Between the two a document lies in the database, sealed, since it may hold secrets. What it would do is planned anew
when it is carried out; where that differs from what was shown, nothing is done.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db import IntegrityError, transaction

import audit
from accounts import strict_json
from accounts.key_derivation import derived_keys
from accounts.models import User
from audit.randomness import random_text
from clients import answering
from clients.acting import Acting
from clients.documents.applying import apply_client
from clients.documents.document import DocumentFault
from clients.documents.planning import ClientPlan, DocumentRefused, Planner
from clients.foreseen import Foreseen
from clients.models import PendingImport
from clients.secrets.prepared_secrets import PreparedSecret, prepare_secrets

MOST_CLIENTS = 1000  # of one import: as many as fit into the body of a page, and are applied within seconds
MOST_SECRETS = 50  # each costs an Argon2 run
KEPT_FOR = timedelta(hours=1)
MOST_FAULTS = 1000


class NotImported(Exception):
    """Every fault of a document, each with its path; nothing was written."""

    def __init__(self, faults: list[DocumentFault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


class ShownOtherwise(Exception):
    """The registry has changed since the differences were shown; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class ImportPlan:
    """What a document would do, row by row, and the digest of it."""

    plans: tuple[ClientPlan, ...] = field(repr=False)

    @property
    def digest(self) -> str:
        shown = [[plan.action, plan.client_id, plan.changes] for plan in self.plans]
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()

    @property
    def changes_anything(self) -> bool:
        return any(plan.action != "none" for plan in self.plans)


def read_rows(text: str) -> list[Any]:
    """The clients in `text`: one document, a list of them, or `{"clients": […]}`. Raises NotImported."""
    try:
        value = strict_json.read(text)
    except strict_json.NotRead as error:
        raise _refused("document", str(error)) from error
    rows = _rows(value)
    if not rows:
        raise _refused("document", "It holds no client.")
    if len(rows) > MOST_CLIENTS:
        message = f"One import holds at most {MOST_CLIENTS:,} clients; this has {len(rows):,}. Split it."
        raise _refused("clients", message)
    if sum(isinstance(row, Mapping) and "clientSecret" in row for row in rows) > MOST_SECRETS:
        raise _refused("clients", f"One import holds at most {MOST_SECRETS} secrets. Split it.")
    found = [DocumentFault(path=path, message=message) for path, message in strict_json.unstorable(rows, "clients")]
    if found := [*found, *_twins(rows)]:
        raise NotImported(found[:MOST_FAULTS])
    return rows


def _rows(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise _refused("document", "It is a client, a list of clients, or an object with clients.")
    if "clients" not in value:
        return [value]
    others = sorted(set(value) - {"clients"})
    if others:
        message = "Only clients are imported here; `manage.py apply` takes whole documents."
        raise NotImported([DocumentFault(path=key[:100], message=message) for key in others[:MOST_FAULTS]])
    if not isinstance(value["clients"], list):
        raise _refused("clients", "It is a list of clients.")
    rows: list[Any] = value["clients"]
    return rows


def _twins(rows: list[Any]) -> list[DocumentFault]:
    """A client may be named once."""
    first: dict[str, int] = {}
    found = []
    for number, row in enumerate(rows):
        client_id = row.get("clientId") if isinstance(row, Mapping) else None
        if isinstance(client_id, str) and first.setdefault(client_id, number) != number:
            message = f"It is named twice: clients[{first[client_id]}] is the first."
            found.append(DocumentFault(path=f"clients[{number}].clientId", message=message))
    return found


def plan_rows(
    rows: list[Any], *, viewer: User, now: datetime, secrets: Mapping[str, PreparedSecret] | None = None
) -> ImportPlan:
    """What `rows` would do, as `viewer`. Raises NotImported with every fault of every row."""
    store = Foreseen(rows)
    planner = Planner(now=now, acting=Acting(viewer=viewer), store=store, secrets=secrets or {})
    plans: list[ClientPlan] = []
    found: list[DocumentFault] = []
    for number, row in enumerate(rows):
        try:
            plan = planner.plan(row, path=f"clients[{number}]")
        except DocumentRefused as refused:
            found += refused.faults
        else:
            store.foresee(plan)
            plans.append(plan)
    if found:
        raise NotImported(found[:MOST_FAULTS])
    return ImportPlan(plans=tuple(plans))


# ── Between the preview and the import ──


def keep(rows: list[Any], *, user: User, now: datetime) -> str:
    """Lay a document aside for `user`; returns the name it is found by. What has lapsed goes."""
    purge(now)
    token = random_text(32)
    PendingImport.objects.create(token=token, user=user, sealed=_box().encrypt(_packed(rows)), created=now)
    return token


def find(token: str, *, user: User, now: datetime) -> PendingImport | None:
    """The import of this name, if it is the user's and has not lapsed."""
    found: PendingImport | None = PendingImport.objects.filter(
        token=token, user=user, created__gt=now - KEPT_FOR
    ).first()
    return found


def rows_of(pending: PendingImport) -> list[Any]:
    """The rows as they were laid aside. Raises NotImported where the server's key has changed since."""
    try:
        packed = _box().decrypt(bytes(pending.sealed))
    except InvalidToken as error:
        raise _refused("document", "It can no longer be opened. Import it again.") from error
    rows: list[Any] = json.loads(zlib.decompress(packed))
    return rows


def purge(now: datetime) -> int:
    """Remove what has lapsed."""
    return PendingImport.objects.filter(created__lte=now - KEPT_FOR).delete()[0]


def carry_out(pending: PendingImport, *, digest: str, by: audit.Actor, viewer: User, now: datetime) -> None:
    """Apply what was shown under `digest`, all of it or nothing; once.

    Raises ShownOtherwise, or NotImported with every fault.
    """
    rows = rows_of(pending)
    secrets = prepare_secrets(rows, now=now)
    try:
        with transaction.atomic():
            # The gate: whoever empties the row is the one who applies it.
            mine = PendingImport.objects.filter(pk=pending.pk, outcome__isnull=True)
            if mine.update(sealed=b"", outcome=[]) != 1:
                return
            answering.hold(_owners(rows))
            planned = plan_rows(rows, viewer=viewer, now=now, secrets=secrets)
            if planned.digest != digest:
                raise ShownOtherwise
            outcome = [_apply(plan, by=by, now=now) for plan in planned.plans]
            PendingImport.objects.filter(pk=pending.pk).update(outcome=outcome)
            done = {action: sum(row[0] == action for row in outcome) for action in ("add", "change")}
            audit.record("client.imported", actor=by, at=now, detail={"added": done["add"], "changed": done["change"]})
    except DocumentRefused as refused:
        raise NotImported(refused.faults) from refused
    except IntegrityError as error:
        raise ShownOtherwise from error


def _apply(plan: ClientPlan, *, by: audit.Actor, now: datetime) -> list[Any]:
    client = apply_client(plan, by=by, now=now)
    return [plan.action, client.pk if client is not None else None]


def _owners(rows: list[Any]) -> set[str]:
    """Whom the rows name, and whose name is no text is found when they are planned."""
    named = (row.get(key) for row in rows if isinstance(row, Mapping) for key in ("owner", "ownerId"))
    return {name for name in named if isinstance(name, str)}


def _refused(path: str, message: str) -> NotImported:
    return NotImported([DocumentFault(path=path, message=message)])


def _packed(rows: list[Any]) -> bytes:
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode())


def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived_keys("clients to be imported")])
