"""Delivering the audit trail: signed, in order, at least once, never where it must not go; a real receiver answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

import audit
from accounts.models import User
from audit.models import DeadLetter, DeliveryTarget, Event
from audit.sealing import seal
from authserver.delivery import pacing, sending, signing, targets
from authserver.delivery.targets import Named, NotNamed
from tests.clients.people import BY, person
from tests.ground.people import SignIn
from tests.ground.processes import wait_until
from tests.ground.running import MakeServer


class Receiver:
    """Takes deliveries; `status` is what it answers, `hangs` for how many seconds it says nothing."""

    def __init__(self) -> None:
        self.status, self.hangs, self.seen = 200, 0.0, []  # type: ignore[var-annotated]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(outer.hangs)
                outer.seen.append((dict(self.headers.items()), body))
                if outer.hangs:
                    return
                self.send_response(outer.status)
                if outer.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                if outer.status == 299:
                    with suppress(OSError):  # nobody reads it
                        self.wfile.write(b"x" * 10_000_000)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/events"

    @property
    def sequences(self) -> list[int]:
        return [event["sequence"] for _, body in self.seen for event in json.loads(body)["events"]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.end()


@pytest.fixture
def named(db: None, receiver: Receiver) -> Named:
    seal(timezone.now())
    return targets.name_target(name="SIEM", url=receiver.url, by=BY, now=timezone.now())


def happen(count: int) -> None:
    for number in range(count):
        audit.record("client.changed", actor=BY, reason=f"number {number}", at=timezone.now())
    seal(timezone.now())


def ready(row: DeliveryTarget) -> DeliveryTarget:
    """As after its back-off."""
    DeliveryTarget.objects.filter(pk=row.pk).update(next_attempt=None)
    row.refresh_from_db()
    return row


# ── Signing and pacing ──


@pytest.mark.once
def test_a_signature_is_that_of_standard_webhooks() -> None:
    secret = signing.new_secret()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) == 32
    expected = base64.b64encode(hmac.new(key, b"id-1.1700000000.{}", hashlib.sha256).digest()).decode()
    assert signing.signature(secret, identifier="id-1", timestamp=1_700_000_000, body=b"{}") == f"v1,{expected}"


@pytest.mark.once
def test_it_waits_longer_each_time_up_to_an_hour_and_never_in_step() -> None:
    assert [pacing.wait(n, draw=0.5).total_seconds() for n in (1, 2, 3, 9, 10, 99)] == [10, 20, 40, 2560, 3600, 3600]
    assert pacing.wait(1, draw=0).total_seconds() == 8
    assert len({pacing.wait(5) for _ in range(20)}) > 1


# ── Sending ──


def test_each_sealed_event_is_sent_signed_once_and_in_order(named: Named, receiver: Receiver) -> None:
    happen(5)
    assert sending.turn(named.row.pk) == 1
    ((headers, body),) = receiver.seen
    names = {name.lower(): value for name, value in headers.items()}
    expected = signing.signature(
        named.secret, identifier=names["webhook-id"], timestamp=int(names["webhook-timestamp"]), body=body
    )
    assert names["webhook-signature"] == expected
    assert receiver.sequences == sorted(receiver.sequences)
    assert len(receiver.sequences) == 6, "its own naming is the first"
    assert sending.turn(named.row.pk) == 0
    assert len(receiver.seen) == 1


def test_many_events_go_in_batches(named: Named, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 10)
    happen(34)
    assert sending.turn(named.row.pk) == 4
    assert receiver.sequences == list(range(receiver.sequences[0], receiver.sequences[0] + 35))


@pytest.mark.parametrize("status", [500, 503, 429, 302, 100_000])
def test_what_is_away_keeps_its_place_and_waits(named: Named, receiver: Receiver, status: int) -> None:
    receiver.status = status
    if status == 100_000:
        receiver.end()
    happen(1)
    for tries in range(1, 8):
        sending.turn(named.row.pk)
        row = DeliveryTarget.objects.get()
        assert (row.failures, row.delivered) == (tries, named.row.delivered)
        assert row.next_attempt is not None
        assert row.next_attempt > timezone.now()
        assert sending.turn(named.row.pk) == 0, "not before its time"
        ready(row)
    assert not DeadLetter.objects.exists()
    if status != 100_000:
        receiver.status = 200
        sending.turn(named.row.pk)
        assert DeliveryTarget.objects.get().failures == 0


def test_what_is_refused_becomes_a_dead_letter_and_the_rest_goes_on(named: Named, receiver: Receiver) -> None:
    happen(2)
    receiver.status = 400
    for _ in range(pacing.REFUSED_TIMES):
        sending.turn(ready(named.row).pk)
    letter = DeadLetter.objects.get()
    assert letter.error == "it was answered with 400"
    receiver.status, seen = 200, len(receiver.seen)
    happen(1)
    sending.turn(ready(named.row).pk)
    assert len(receiver.seen) == seen + 1
    targets.send_again(letter, by=BY, now=timezone.now())
    sending.turn(named.row.pk)
    assert not DeadLetter.objects.exists()
    assert letter.first in receiver.sequences[-10:]


def test_a_receiver_that_says_nothing_or_too_much_holds_nobody_up(
    named: Named, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(1)
    receiver.status = 299
    began = time.monotonic()
    assert sending.turn(named.row.pk) == 1
    assert time.monotonic() - began < 3
    happen(1)
    receiver.hangs = 8
    began = time.monotonic()
    sending.turn(named.row.pk)
    assert time.monotonic() - began < 7
    assert DeliveryTarget.objects.get().failures == 1


def test_a_paused_target_keeps_its_place(named: Named, receiver: Receiver) -> None:
    targets.set_active(named.row, active=False, by=BY, now=timezone.now())
    happen(3)
    assert sending.turn(named.row.pk) == 0
    targets.set_active(named.row, active=True, by=BY, now=timezone.now())
    seal(timezone.now())
    sending.turn(named.row.pk)
    assert len(receiver.sequences) == 6


def test_a_claimed_target_is_left_alone_until_its_claim_lapses(named: Named, receiver: Receiver) -> None:
    happen(1)
    DeliveryTarget.objects.update(claimed_until=timezone.now() + timedelta(seconds=20))
    assert sending.turn(named.row.pk) == 0
    DeliveryTarget.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert sending.turn(named.row.pk) == 1


def test_with_another_key_it_says_so_and_sends_nothing(named: Named, receiver: Receiver) -> None:
    DeliveryTarget.objects.update(secret_sealed="x")
    happen(1)
    sending.turn(named.row.pk)
    assert "AUTHSERVER_SECRET_KEY" in DeliveryTarget.objects.get().last_error
    assert receiver.seen == []


# ── Where it may not go ──


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x.example/", "https://", "//x.example", "https://a:b@x.example/", "https://x.example/#f",
     "javascript:1", "https://x.example/ b", "https://x.example:99999/", "https://ü.example/",
     "https://x.example/" + "a" * 2000],
)  # fmt: skip
def test_what_is_no_address_is_refused(db: None, url: str) -> None:
    with pytest.raises(NotNamed):
        targets.name_target(name="SIEM", url=url, by=BY, now=timezone.now())
    assert not DeliveryTarget.objects.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[fd00::1]", "localhost", "0"])
def test_inner_addresses_are_asked_only_where_they_are_listed(named: Named, settings: Any, host: str) -> None:
    settings.AUTHSERVER = replace(settings.AUTHSERVER, mode="production")
    DeliveryTarget.objects.update(url=f"https://{host}/events")
    happen(1)
    sending.turn(named.row.pk)
    assert "does not ask" in DeliveryTarget.objects.get().last_error


def test_a_listed_network_is_asked(named: Named, receiver: Receiver, settings: Any) -> None:
    settings.AUTHSERVER = replace(settings.AUTHSERVER, mode="production", webhook_networks=(ip_network("127.0.0.0/8"),))
    DeliveryTarget.objects.update(url=receiver.url.replace("http:", "https:"))
    happen(1)
    sending.turn(named.row.pk)
    assert "SSL" in DeliveryTarget.objects.get().last_error, "it was asked, and speaks no TLS"


# ── Pages ──


def test_r59_who_sees_settings_sees_it_and_who_edits_them_changes_it(named: Named, sign_in: SignIn) -> None:
    ann, dev = sign_in(person("ann", "Auditor")), sign_in(person("dev", "Developer"))
    pages = ("/audit/delivery/", f"/audit/delivery/{named.row.pk}/")
    assert [ann.get(page).status_code for page in pages] == [200, 200]
    assert [dev.get(page).status_code for page in pages] == [403, 403]
    assert ann.get("/audit/delivery/new/").status_code == 403
    assert ann.post(f"/audit/delivery/{named.row.pk}/act/", {"act": "remove"}).status_code == 403
    letter = DeadLetter.objects.create(target=named.row, first=1, last=1, error="x", at=timezone.now())
    assert ann.post(f"/audit/delivery/letters/{letter.pk}/", {"act": "drop"}).status_code == 403
    assert DeadLetter.objects.exists()


def test_a_target_is_named_tested_paused_and_removed_and_its_secret_shown_once(
    receiver: Receiver, sign_in: SignIn, administrator: User
) -> None:
    browser: Browser = sign_in(administrator)
    assert browser.post("/audit/delivery/new/", {"name": "SIEM", "url": "x"}).status_code == 400
    made = browser.post("/audit/delivery/new/", {"name": "SIEM", "url": receiver.url})
    first, again = (browser.get(made["Location"]).text for _ in range(2))
    assert "whsec_" in first
    assert "whsec_" not in again
    row = DeliveryTarget.objects.get()
    assert "whsec_" not in row.secret_sealed
    act = f"/audit/delivery/{row.pk}/act/"
    assert "The test was taken" in browser.post(act, {"act": "test"}, follow=True).text
    assert json.loads(receiver.seen[0][1])["events"][0]["kind"] == "audit.test"
    browser.post(act, {"act": "pause"})
    browser.post(act, {"act": "resume"})
    browser.post(act, {"act": "remove"})
    kinds = list(Event.objects.filter(kind__startswith="audit.target").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["audit.target_named", "audit.target_paused", "audit.target_resumed", "audit.target_removed"]


# ── The real loop ──


def test_the_maintenance_loop_delivers_and_two_senders_at_once_send_nothing_twice(
    server: MakeServer, receiver: Receiver
) -> None:
    running = server()
    setup = (
        "from django.utils.timezone import now; import audit; from authserver.delivery import targets;"
        f"print(targets.name_target(name='SIEM', url='{receiver.url}', by=audit.SYSTEM, now=now()).row.pk)"
    )
    number = running.shell(setup).strip().splitlines()[-1]
    wait_until(lambda: bool(receiver.seen), seconds=40, what="the loop has delivered")
    running.stop()
    running.shell(
        "from django.utils.timezone import now; import audit; from audit.sealing import seal;"
        "[audit.record('client.changed', actor=audit.SYSTEM, at=now()) for _ in range(400)]; seal(now())"
    )
    turn = f"from authserver.delivery import sending; print(sending.turn({number}))"
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: running.shell(turn), range(3)))
    running.shell(turn)
    assert receiver.sequences == list(range(receiver.sequences[0], receiver.sequences[0] + len(receiver.sequences)))
    assert len(receiver.sequences) >= 401


@pytest.mark.once
def test_the_guides_receiver_believes_ours_and_nothing_else() -> None:
    """The snippet of the guide, as it stands there."""
    text = (Path(__file__).parent.parent.parent / "docs" / "guide" / "audit.md").read_text()
    found: dict[str, Any] = {}
    exec(text.split("```python\n")[1].split("```")[0], found)
    secret, body, now = signing.new_secret(), b'{"events": []}', int(time.time())
    signed = signing.signature(secret, identifier="1-1-2", timestamp=now, body=body)
    headers = {"webhook-id": "1-1-2", "webhook-timestamp": str(now), "webhook-signature": signed}
    assert found["is_ours"](secret, headers, body)
    assert not found["is_ours"](secret, headers, body + b" ")
    assert not found["is_ours"](signing.new_secret(), headers, body)
    assert not found["is_ours"](secret, {**headers, "webhook-timestamp": str(now - 400)}, body)
    assert not found["is_ours"](secret, {**headers, "webhook-id": "1-1-3"}, body)
