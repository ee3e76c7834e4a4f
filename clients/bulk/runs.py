"""A bulk run: made with its preview, confirmed once, gone through in slices, kept for some days.

Every client has its turn in a transaction of its own, which begins by claiming the item: a second tab, a second press
or a killed worker neither does anything twice nor loses anything. Each turn goes through the room that changes one
client, on the revision that the preview saw, by the permissions that the person has at that moment.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import transaction
from django.db.models import Count, QuerySet

import audit
from accounts.models import User
from clients import access
from clients.bulk.actions import BY_VALUE, OWNER, Action, Doing, refusal
from clients.bulk.choosing import Chosen, Found, find
from clients.life.protection import Unchangeable
from clients.list_models import BulkItem, BulkRun
from clients.listing.conditions import Asking
from clients.models import Client
from clients.rules import uniqueness
from clients.writing import ChangedMeanwhile, Refused

Outcome = Literal["waiting", "working", "done", "same", "refused", "changed"]
WORDS: dict[str, tuple[str, str]] = {
    "waiting": ("Waiting", "quiet"),
    "working": ("Waiting", "quiet"),
    "done": ("Done", "ok"),
    "same": ("Nothing to do", "quiet"),
    "refused": ("Refused", "danger"),
    "changed": ("Changed meanwhile", "warn"),
}
LONGEST_STEP = 3.0  # seconds
SLICE = 200  # items looked up at once
CHANGED = "Somebody changed it after the preview, so it was left alone."
GONE = "It was deleted, or you see it no longer."
KEPT = timedelta(days=14)
KEPT_UNCONFIRMED = timedelta(days=1)
PURGED_AT_ONCE = 20


class NotReady(Exception):
    """What the run still needs, as a public sentence; nothing was done."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is. `counts`: items by outcome."""

    counts: Counter[str]

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def waiting(self) -> int:
        return self.counts["waiting"] + self.counts["working"]

    @property
    def over(self) -> int:
        return self.total - self.waiting

    @property
    def unlike(self) -> int:
        """How many did not become what was asked for."""
        return self.counts["refused"] + self.counts["changed"]


@transaction.atomic
def prepare(action: Action, chosen: Chosen, asking: Asking) -> BulkRun:
    """A run with an item for each client, those that will be refused told apart already. Raises NotChosen."""
    found: Found = find(chosen, asking)
    run = BulkRun.objects.create(
        user=asking.viewer,
        action=action.value,
        query=chosen.query[:2000],
        parameters={"scope": chosen.scope, "missing": found.missing},
        created=asking.now,
    )
    BulkItem.objects.bulk_create(_items(run, action, found.clients, asking.viewer), batch_size=500)
    return run


def _items(run: BulkRun, action: Action, clients: list[Client], user: User) -> Iterator[BulkItem]:
    for client in clients:
        reason, outcome = refusal(action, client, user), "refused"
        if not reason:
            reason = action.already(client)
            outcome = "same" if reason else "waiting"
        yield BulkItem(
            run=run,
            number=client.pk,
            name=client.name,
            client_id=client.client_id,
            revision=client.revision,
            outcome=outcome,
            reason=reason[:500],
        )


def of(user: User, number: int) -> BulkRun | None:
    """The run, for whoever started it and nobody else."""
    return BulkRun.objects.filter(user=user, pk=number).first() if number < 2**63 else None


def action_of(run: BulkRun) -> Action:
    return BY_VALUE[run.action]


def progress(run: BulkRun) -> Progress:
    """One statement."""
    counted = run.items.order_by().values_list("outcome").annotate(number=Count("pk"))
    return Progress(counts=Counter(dict(counted)))


def touched(run: BulkRun) -> QuerySet[Client]:
    """The clients that still wait for their turn."""
    waiting = BulkItem.objects.filter(run=run, outcome__in=("waiting", "working"))
    clients: QuerySet[Client] = Client.objects.filter(pk__in=waiting.values("number"), deleted_at=None)
    return clients


def confirm(run: BulkRun, *, now: datetime, parameters: dict[str, str]) -> bool:
    """Begin; False where it was begun already. Raises NotReady for a new owner who cannot be one (R7)."""
    kept: dict[str, Any] = dict(run.parameters)
    if action_of(run).value == OWNER:
        username = parameters.get(OWNER, "").strip()
        if uniqueness.owner_named(username) is None:
            raise NotReady(f"There is no active person {username[:255]!r}." if username else "Name the new owner.")
        kept[OWNER] = username
    begun = BulkRun.objects.filter(pk=run.pk, confirmed_at=None).update(confirmed_at=now, parameters=kept)
    run.refresh_from_db()
    return bool(begun)


def step(run: BulkRun, *, user: User, by: audit.Actor, now: datetime, longest: float = LONGEST_STEP) -> None:
    """As many turns as fit into `longest` seconds, one at least. Raises NotReady before it was confirmed."""
    if run.confirmed_at is None:
        raise NotReady("Look at the preview and confirm it first.")
    end = time.monotonic() + longest
    while items := list(run.items.filter(outcome="waiting").order_by("pk")[:SLICE]):
        for item in items:
            _turn(item, run, user=user, by=by, now=now)
            if time.monotonic() >= end:
                return
    BulkRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=now)


@transaction.atomic
def _turn(item: BulkItem, run: BulkRun, *, user: User, by: audit.Actor, now: datetime) -> None:
    """Claim the item, do it, and keep what became of it: all of that, or nothing."""
    if BulkItem.objects.filter(pk=item.pk, outcome="waiting").update(outcome="working") != 1:
        return
    outcome, reason = _outcome(item, run, user=user, by=by, now=now)
    BulkItem.objects.filter(pk=item.pk).update(outcome=outcome, reason=reason[:500])


def _outcome(item: BulkItem, run: BulkRun, *, user: User, by: audit.Actor, now: datetime) -> tuple[Outcome, str]:
    action = action_of(run)
    client = access.visible_to(user).select_related("owner", "service_account").filter(pk=item.number).first()
    if client is None:
        return "changed", GONE
    if reason := refusal(action, client, user):
        return "refused", reason
    if reason := action.already(client):
        return "same", reason
    doing = Doing(client=client, revision=item.revision, by=by, now=now, parameters=run.parameters)
    try:
        with transaction.atomic():
            action.do(doing)
    except ChangedMeanwhile:
        return "changed", CHANGED
    except Unchangeable as refused:
        return "refused", str(refused)
    except Refused as refused:
        return "refused", " ".join(fault.message for fault in refused.faults)
    return "done", ""


def purge(now: datetime) -> int:
    """Runs are kept for some days, a preview that nobody confirmed for one. Returns how many went."""
    old = BulkRun.objects.filter(created__lt=now - KEPT)
    forgotten = BulkRun.objects.filter(created__lt=now - KEPT_UNCONFIRMED, confirmed_at=None)
    numbers = list((old | forgotten).order_by("created").values_list("pk", flat=True)[:PURGED_AT_ONCE])
    BulkItem.objects.filter(run__in=numbers).delete()
    return BulkRun.objects.filter(pk__in=numbers).delete()[0]
