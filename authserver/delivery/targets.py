"""Naming targets and ending them. Audited; a secret is told once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

import audit
from audit.models import ChainHead, DeadLetter, DeliveryTarget
from authserver.delivery import sending, signing
from clients.rules.text import fault_of_line

LONGEST_NAME, LONGEST_URL, MOST = 100, 2000, 20


class NotNamed(Exception):
    """`{field: sentence}`. Nothing was written."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class Named:
    """A new target and its secret, which is told once."""

    row: DeliveryTarget
    secret: str = field(repr=False)


def faults(name: str, url: str) -> dict[str, str]:
    """What is wrong with them; whether the address may be asked is looked at when it is, since names change."""
    found = {}
    if message := fault_of_line(name, longest=LONGEST_NAME) or ("" if name.strip() else "A name is required."):
        found["name"] = message
    if message := _url_fault(url):
        found["url"] = message
    return found


def _url_fault(url: str) -> str:
    schemes = ("https", "http") if settings.AUTHSERVER.development else ("https",)
    if not url or len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return f"An address has 1 to {LONGEST_URL} printable ASCII characters."
    try:
        parts = urlsplit(url)
        sound = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound:
        return "It is an https address, such as https://siem.example.com/events."
    return "Leave out user name and password." if parts.username or parts.password or parts.fragment else ""


@transaction.atomic
def name_target(*, name: str, url: str, by: audit.Actor, now: datetime) -> Named:
    """It gets what is sealed from now on. Raises NotNamed."""
    found = faults(name, url)
    if DeliveryTarget.objects.count() >= MOST:
        found["name"] = f"There are {MOST} already: remove one first."
    if found:
        raise NotNamed(found)
    secret = signing.new_secret()
    head = ChainHead.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0
    row = DeliveryTarget.objects.create(
        name=name.strip(), url=url, secret_sealed=signing.seal(secret), delivered=head, created=now,
        created_by=by.name[:255],
    )  # fmt: skip
    _record("audit.target_named", row, by=by, now=now)
    return Named(row=row, secret=secret)


@transaction.atomic
def set_active(row: DeliveryTarget, *, active: bool, by: audit.Actor, now: datetime) -> None:
    """Paused, it keeps its place; going on, it is tried at once."""
    changed = DeliveryTarget.objects.filter(pk=row.pk, is_active=not active)
    if changed.update(is_active=active, failures=0, next_attempt=None):
        _record("audit.target_resumed" if active else "audit.target_paused", row, by=by, now=now)


@transaction.atomic
def remove(row: DeliveryTarget, *, by: audit.Actor, now: datetime) -> None:
    _record("audit.target_removed", row, by=by, now=now)
    row.delete()


def test(row: DeliveryTarget, *, now: datetime) -> str:
    """Send an event that is none; why it was not taken, or nothing."""
    event = {"sequence": None, "at": now.isoformat(), "kind": "audit.test", "title": "Test", "actor": "authserver"}
    fault = sending.send(row, [event], identifier=f"{row.pk}-test-{int(now.timestamp())}")
    return fault.words if fault else ""


@transaction.atomic
def send_again(letter: DeadLetter, *, by: audit.Actor, now: datetime) -> None:
    DeadLetter.objects.filter(pk=letter.pk).update(again=True)
    _record("audit.letter_sent_again", letter.target, by=by, now=now, first=letter.first, last=letter.last)


@transaction.atomic
def drop(letter: DeadLetter, *, by: audit.Actor, now: datetime) -> None:
    """The target never gets them; the trail here keeps them."""
    _record("audit.letter_dropped", letter.target, by=by, now=now, first=letter.first, last=letter.last)
    letter.delete()


def _record(kind: str, row: DeliveryTarget, *, by: audit.Actor, now: datetime, **detail: object) -> None:
    subject = audit.Subject("delivery_target", row.pk, row.name)
    audit.record(kind, actor=by, subject=subject, detail={"url": row.url, **detail}, at=now)
