"""Sending what is due: one batch at a time to each target, each target by itself. Never in a request.

A target is claimed by a conditional UPDATE, so that two loops do not send to it at once; its place moves on only behind
an answer that took the batch. What is sent twice after a crash has the same `webhook-id`.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any

import structlog
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.connections import give_back
from audit.exporting import row_of
from audit.models import ChainHead, DeadLetter, DeliveryTarget, Event
from authserver.delivery import pacing, signing
from policies.fetching import NotFetched, post

BATCH = 100  # events
MOST_BATCHES = 50  # of one turn
CLAIM = timedelta(seconds=30)  # longer than a post takes
AT_ONCE = 4  # targets
_busy: set[int] = set()
_lock = Lock()
log = structlog.get_logger("authserver.delivery")


def due(*, now: datetime) -> QuerySet[DeliveryTarget]:
    """Targets that may be sent to now."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    ready = Q(next_attempt=None) | Q(next_attempt__lte=now)
    rows: QuerySet[DeliveryTarget] = DeliveryTarget.objects.filter(free, ready, is_active=True)
    return rows


def deliver(now: datetime) -> int:
    """A job of the maintenance loop: hands each target that is due to a thread, and waits for none."""
    head = ChainHead.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0
    waiting = Q(delivered__lt=head) | Q(dead_letters__again=True)
    numbers = list(due(now=now).filter(waiting).distinct().values_list("pk", flat=True))
    for number in numbers:
        with _lock:
            if number in _busy:
                continue
            _busy.add(number)
        _threads().submit(_in_thread, number)
    return len(numbers)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery")


def _in_thread(number: int) -> None:
    try:
        turn(number)
    except Exception:
        log.exception("delivery.failed", target=number)
    finally:
        give_back()
        with _lock:
            _busy.discard(number)


def turn(number: int) -> int:
    """Send to one target what waits for it, until it is done, fails, or has had its turn; how many batches it took."""
    taken = 0
    for _ in range(MOST_BATCHES):
        now = timezone.now()
        if not due(now=now).filter(pk=number).update(claimed_until=now + CLAIM):
            break
        target = DeliveryTarget.objects.get(pk=number)
        if not (_send_again(target) or _send_next(target)):
            DeliveryTarget.objects.filter(pk=number).update(claimed_until=None)
            break
        taken += 1
        target.refresh_from_db()
        if target.failures:
            break
    return taken


def _send_next(target: DeliveryTarget) -> bool:
    """The events behind its place; False where there are none."""
    rows = Event.objects.filter(sequence__gt=target.delivered).order_by("sequence")
    events = list(rows[:BATCH])
    if not events:
        return False
    first, last = events[0].sequence or 0, events[-1].sequence or 0
    fault = send(target, [row_of(event) for event in events], identifier=f"{target.pk}-{first}-{last}")
    if fault is None:
        _took(target, delivered=last)
    elif fault.refused and target.failures + 1 >= pacing.REFUSED_TIMES:
        DeadLetter.objects.create(target=target, first=first, last=last, error=fault.words, at=timezone.now())
        _took(target, delivered=last, error=fault.words)
    else:
        _failed(target, fault.words)
    return True


def _send_again(target: DeliveryTarget) -> bool:
    """A dead letter that somebody has asked to send again."""
    letter = target.dead_letters.filter(again=True).order_by("pk").first()
    if letter is None:
        return False
    events = Event.objects.filter(sequence__gte=letter.first, sequence__lte=letter.last).order_by("sequence")
    identifier = f"{target.pk}-{letter.first}-{letter.last}"
    fault = send(target, [row_of(event) for event in events], identifier=identifier)
    if fault is None:
        letter.delete()
        _took(target)
    else:
        DeadLetter.objects.filter(pk=letter.pk).update(again=False, error=fault.words, at=timezone.now())
        _failed(target, fault.words, holds=False)
    return True


class Fault:
    """Why a batch was not taken. `refused`: it will never be."""

    def __init__(self, words: str, *, refused: bool = False) -> None:
        self.words, self.refused = words[:300], refused


def send(target: DeliveryTarget, events: list[dict[str, Any]], *, identifier: str) -> Fault | None:
    """One POST; None where it was taken."""
    body = json.dumps({"events": events}, ensure_ascii=False).encode()
    timestamp = int(timezone.now().timestamp())
    try:
        secret = signing.unseal(target.secret_sealed)
        signed = signing.signature(secret, identifier=identifier, timestamp=timestamp, body=body)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"authserver/{settings.VERSION}",
            "webhook-id": identifier,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signed,
        }
        status = post(target.url, body, headers, networks=settings.AUTHSERVER.webhook_networks)
    except InvalidToken:
        return Fault("AUTHSERVER_SECRET_KEY has changed: its secret opens no more. Make the target anew.")
    except NotFetched as error:
        return Fault(str(error))
    if pacing.is_taken(status):
        return None
    return Fault(f"it was answered with {status}", refused=pacing.is_refusal(status))


def _took(target: DeliveryTarget, *, delivered: int | None = None, error: str = "") -> None:
    """Its place moves only from where this sender has seen it."""
    columns: dict[str, Any] = {"failures": 0, "next_attempt": None, "claimed_until": None, "last_error": error}
    columns |= {"last_failure" if error else "last_success": timezone.now()}
    if delivered is not None:
        columns["delivered"] = delivered
    DeliveryTarget.objects.filter(pk=target.pk, delivered=target.delivered).update(**columns)


def _failed(target: DeliveryTarget, words: str, *, holds: bool = True) -> None:
    """`holds`: the next batch waits as well."""
    now = timezone.now()
    later = {"failures": F("failures") + 1, "next_attempt": now + pacing.wait(target.failures + 1)} if holds else {}
    DeliveryTarget.objects.filter(pk=target.pk).update(claimed_until=None, last_failure=now, last_error=words, **later)
    log.warning("delivery.not_taken", target=target.name, error=words)
