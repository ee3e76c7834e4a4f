"""Revoking all that a filter matches: a preview that is counted within bounds, one yes to it, then bounded steps.

A run stops at what had been issued when it was prepared. Each batch moves the run on in the transaction that ends its
tokens, and only from the place that it had read: a second tab or a killed worker neither skips nor repeats a batch.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max

import audit
from accounts.models import User
from clients.models import Client
from tokens.console import revoking
from tokens.console.kinds import BY_VALUE
from tokens.console.states import State
from tokens.console.walking import Hunt, hunt, look
from tokens.console.wanted import Place, Wanted, parse
from tokens.models import RevocationRun

MOST_COUNTED = 10_000
LONGEST_COUNT = 2.0  # seconds
LONGEST_STEP = 3.0
TYPED_ABOVE = 100  # what ends; more takes the number typed in
KEPT = timedelta(days=30)


class NotReady(Exception):
    """What the run still needs, as a public sentence; nothing was done."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a run will end. `more`: at least that much, since counting stopped at its bound."""

    families: int = 0
    alone: int = 0
    clients: int = 0
    users: int = 0
    more: bool = False

    @property
    def total(self) -> int:
        return self.families + self.alone

    @property
    def typed(self) -> bool:
        return self.more or self.total > TYPED_ABOVE


def _hunt(run: RevocationRun) -> Hunt:
    """Of what the filter matches, what lived when the run was prepared: also what was rotated or redeemed since then,
    so that a client that refreshes meanwhile does not escape.
    """
    wanted = parse(run.query)
    return hunt(replace(wanted, states=living(wanted)), since=run.created)


def living(wanted: Wanted) -> tuple[State, ...]:
    """The states of the filter in which something is left to revoke; none where it asks for what has ended."""
    alive = (State.LIVE, State.SUSPENDED)
    return tuple(state for state in alive if not wanted.states or state in wanted.states)


def prepare(wanted: Wanted, *, user: User, now: datetime) -> RevocationRun:
    """A run that nothing has confirmed yet, and that ends at what was issued so far."""
    place = {
        value: (kind.model._default_manager.aggregate(top=Max("pk"))["top"] or 0) + 1
        for value, kind in BY_VALUE.items()
    }
    looked_at = {kind.value for kind in wanted.looked_at} if living(wanted) else set()
    place = {value: top if value in looked_at else 0 for value, top in place.items()}
    run: RevocationRun = RevocationRun.objects.create(user=user, query=wanted.query[:2000], place=place, created=now)
    return run


def preview(run: RevocationRun, *, now: datetime) -> Preview:
    """Counted for LONGEST_COUNT seconds and up to MOST_COUNTED, as the run would go."""
    found, end = _hunt(run), time.monotonic() + LONGEST_COUNT
    families: set[int] = set()
    alone: set[str] = set()
    clients: set[int] = set()
    users: set[int] = set()
    place, more = dict(run.place), False
    while (kind := _next(place)) and not more:
        seen = look(BY_VALUE[kind], found, below=place[kind], now=now)
        place[kind] = seen.below
        for token in seen.tokens:
            clients.add(token.client.pk)
            users.update({token.user.pk} if token.user and token.user.kind == User.Kind.PERSON else ())
            families.update({token.family_pk} if token.family_pk else ())
            alone.update(() if token.family_pk else {token.public_id})
        more = bool(_next(place)) and (len(families) + len(alone) >= MOST_COUNTED or time.monotonic() > end)
    return Preview(families=len(families), alone=len(alone), clients=len(clients), users=len(users), more=more)


def _next(place: Place) -> str:
    """The kind whose turn it is; empty when all are through."""
    return next((kind for kind in BY_VALUE if place.get(kind, 0) > 0), "")


def of(user: User, number: int) -> RevocationRun | None:
    """The run, for whoever started it and nobody else."""
    found: RevocationRun | None = RevocationRun.objects.filter(user=user, pk=number).first() if number < 2**63 else None
    return found


def confirm(run: RevocationRun, *, typed: str, by: audit.Actor, now: datetime) -> bool:
    """Say yes; False where that was said before. Raises NotReady where the word is missing that many demand."""
    counted = preview(run, now=now)
    if counted.typed and typed.strip().lower() != "revoke":
        raise NotReady("Type revoke to confirm.")
    with transaction.atomic():
        begun = RevocationRun.objects.filter(pk=run.pk, confirmed_at=None).update(confirmed_at=now)
        if begun:
            detail = {"run": run.pk, "filter": run.query, "count": counted.total, "atLeast": counted.more}
            audit.record("token.many_begun", actor=by, subject=subject_of(run), detail=detail, at=now)
    run.refresh_from_db()
    return bool(begun)


def subject_of(run: RevocationRun) -> audit.Subject:
    """The client that its filter names, if it does."""
    client = Client.objects.filter(pk=parse(run.query).client or 0).first()
    return audit.Subject("client", client.pk, client.client_id) if client else audit.Subject("token", None, "many")


def step(run: RevocationRun, *, by: audit.Actor, now: datetime) -> None:
    """As many batches as fit into LONGEST_STEP seconds, one at least. Raises NotReady before it was confirmed."""
    if run.confirmed_at is None:
        raise NotReady("Look at the preview and confirm it first.")
    found, end = _hunt(run), time.monotonic() + LONGEST_STEP
    while run.finished_at is None:
        _batch(run, found, by=by, now=now)
        run.refresh_from_db()
        if time.monotonic() >= end:
            return


@transaction.atomic
def _batch(run: RevocationRun, found: Hunt, *, by: audit.Actor, now: datetime) -> None:
    kind = _next(run.place)
    seen = look(BY_VALUE[kind], found, below=run.place[kind], now=now) if kind else None
    place = run.place | {kind: seen.below} if seen else run.place
    mine = RevocationRun.objects.filter(pk=run.pk, batches=run.batches, finished_at=None)
    if not mine.update(place=place, batches=F("batches") + 1, finished_at=None if _next(place) else now):
        return  # another step has done this batch
    ended = revoking.end(seen.tokens, now=now) if seen else revoking.Ended()
    families, alone = F("families") + ended.families, F("alone") + ended.alone
    RevocationRun.objects.filter(pk=run.pk).update(families=families, alone=alone)
    if not _next(place):
        _record_end(run, by=by, now=now)


def _record_end(run: RevocationRun, *, by: audit.Actor, now: datetime) -> None:
    run.refresh_from_db()
    detail = {"run": run.pk, "filter": run.query, "families": run.families, "tokens": run.alone}
    audit.record("token.many_revoked", actor=by, subject=subject_of(run), detail=detail, at=now)


def purge(now: datetime) -> int:
    """Runs are kept for some days, to be looked at; the audit trail keeps what they did."""
    gone, _ = RevocationRun.objects.filter(created__lt=now - KEPT).delete()
    return gone
