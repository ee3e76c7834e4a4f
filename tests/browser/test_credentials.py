"""The tab "Credentials" in a real browser: rotating while a client works on, and every state of the page (R15, R16)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LookAt
from tests.browser.screenshots import keep
from tests.ground.browsers import NewPage
from tests.ground.processes import wait_until
from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.assertions import KEY_SET
from tests.protocol.caller import Caller, basic

PASSWORD = "correct-horse-battery-staple-9"
FIRST = "the-first-secret-of-the-batch"
expect.set_options(timeout=20_000)

STATES = ("several", "one", "ending", "expired", "none", "protected", "public", "keys")
SERVICE = {"type": "confidential", "grants": ["client_credentials"], "allowedScope": "orders.*", "owner": "mara"}
PHONE = {"type": "public", "grants": ["authorization_code"], "redirectUris": ["http://127.0.0.1/cb"], "owner": "mara"}
SIGNER: dict[str, Any] = {**SERVICE, "tokenEndpointAuthMethod": "private_key_jwt", "clientJwks": KEY_SET}
OTHERS: dict[str, dict[str, Any]] = {"public": PHONE, "keys": SIGNER}
DOCUMENT = {
    "users": [{"username": "mara", "givenName": "Mara", "familyName": "Lindqvist", "password": PASSWORD,
               "email": "mara@example.com", "isSuperuser": True}],
    "scopes": [{"name": "orders.read", "description": "Read orders"}],
    "clients": [
        {"clientId": "batch", "name": "Night batch", "clientSecret": FIRST, **SERVICE},
        {"clientId": "quiet", "name": "Quiet batch", "clientSecret": FIRST, **SERVICE},
        *({"clientId": f"is-{state}", "name": f"Billing sync {state}", **OTHERS.get(state, SERVICE)}
          for state in STATES),
    ],
}  # fmt: skip
# Key id, label, and in days: set, first used, last used (None: never), expires in (None: never).
LIVES: dict[str, list[tuple[str, str, float, float | None, float | None, float | None]]] = {
    "several": [
        ("p8e3Zq", "Spare", 2, None, None, 0.5),
        ("k7q2dW", "Batch host, September", 83, 82, 0.003, 283),
        ("t5d0aa", "", 312, None, None, None),
        ("b1x9Rt", "Before the move to the new hall, kept for the regional offices until all of them have it", 357, 356,
         41, 9),
        ("m2c4Xy", "Old key of the monthly reconciliation", 400, 399, 60, -3),
    ],
    "one": [("h4n8Bv", "Batch host", 83, 82, 0.003, None)],
    "ending": [("n0w2dW", "New", 0.2, None, None, None), ("f6j1Ls", "Batch host", 83, 82, 0.003, 0.8)],
    "expired": [("c3y7Gm", "Batch host", 400, 399, 36, -35)],
    "none": [],
    "protected": [("w9r5Kd", "Batch host", 83, 82, 0.003, 283), ("a2v6Ut", "", 357, 356, 200, None)],
}  # fmt: skip
SEED = """
import json, sys
from datetime import timedelta
from django.utils import timezone
from clients.models import Client, ClientSecret
now = timezone.now()
at = lambda days: None if days is None else now + timedelta(days=days)
ago = lambda days: None if days is None else now - timedelta(days=days)
for state, lives in json.loads(LIVES).items():
    client = Client.objects.get(client_id=f"is-{state}")
    client.secrets.all().delete()
    for key_id, label, made, first, last, ends in lives:
        ClientSecret.objects.create(
            client=client, key_id=key_id, hash="x", label=label, created=ago(made),
            created_by="Priya Raman", first_used_at=ago(first), last_used_at=ago(last), expires_at=at(ends),
            last_used_from="" if last is None else "192.0.2.18",
        )
Client.objects.filter(client_id="is-protected").update(
    is_protected=True, protected_by="ines", protected_at=now, protected_reason="Daily settlement. Ask Treasury first.")
"""


@pytest.fixture(scope="module")
def furnished(server: MakeServer) -> Server:
    running = server(on_postgresql=False)
    running.manage("apply", "-", text=json.dumps(DOCUMENT))
    running.shell(SEED.replace("LIVES", repr(json.dumps(LIVES)), 1))
    return running


def number_of(server: Server, client_id: str) -> int:
    code = f"from clients.models import Client; print(Client.objects.get(client_id={client_id!r}).pk)"
    return int(server.shell(code).splitlines()[-1])


def open_signed_in(page: Page, server: Server, path: str) -> None:
    page.goto(f"{server.url}/sign-in/?next={path}")
    page.get_by_label("Username").fill("mara")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


# ── Rotating under a client that works on ──

ASKING = """
import base64, pathlib, sys, time, urllib.error, urllib.request
url, client_id, secret, log = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), open(sys.argv[4], "a", buffering=1)
while True:
    now = secret.read_text()
    login = base64.b64encode(f"{client_id}:{now}".encode()).decode()
    ask = urllib.request.Request(url + "/token", b"grant_type=client_credentials", {"Authorization": "Basic " + login})
    try:
        status = urllib.request.urlopen(ask, timeout=30).status
    except urllib.error.HTTPError as error:
        status = error.code
    log.write(f"{status} {now[:4]}\\n")
    time.sleep(0.05)
"""


@dataclass
class Asking:
    """A client in a process of its own that asks for tokens all the time, with the secret that lies in a file."""

    secret: Path
    log: Path

    def answers(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def waits_for(self, more: int) -> None:
        seen = len(self.answers())
        wait_until(lambda: len(self.answers()) >= seen + more, seconds=60, what="the client has asked again")

    def takes(self, secret: str) -> None:
        """It is told to switch: the file is replaced in one step."""
        beside = self.secret.with_suffix(".new")
        beside.write_text(secret)
        beside.replace(self.secret)


@pytest.fixture
def asking(furnished: Server, tmp_path: Path) -> Iterator[Callable[[str], Asking]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(client_id: str) -> Asking:
        one = Asking(secret=tmp_path / "secret", log=tmp_path / "answers")
        one.secret.write_text(FIRST)
        started.append(
            subprocess.Popen([sys.executable, "-c", ASKING, furnished.url, client_id, str(one.secret), str(one.log)])
        )
        one.waits_for(3)
        return one

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize(("client_id", "scripts"), [("batch", True), ("quiet", False)])
def test_r15_a_client_that_asks_all_the_time_is_never_refused_while_its_secret_is_rotated(
    furnished: Server, browser_page: NewPage, asking: Callable[[str], Asking], client_id: str, scripts: bool
) -> None:
    client, number = asking(client_id), number_of(furnished, client_id)
    page = browser_page(java_script_enabled=scripts)
    open_signed_in(page, furnished, f"/clients/{number}/secrets/")
    page.get_by_role("link", name="Rotate…").click()
    page.get_by_text("24 hours", exact=True).click()
    page.get_by_label("Label").fill("Second host")
    page.get_by_role("button", name="Make new secret").click()
    secret = page.locator("#client-secret").inner_text()
    assert secret.startswith("asc_")
    expect(page.get_by_text("The earlier one works beside it for a while.")).to_be_visible()
    if scripts:
        keep(page, "credentials-rotated-light-1440")

    client.waits_for(5)  # with the old one still
    client.takes(secret)
    client.waits_for(5)
    caller, ask = Caller(furnished.url, authorization=basic(client_id, FIRST)), {"grant_type": "client_credentials"}
    assert caller.post("/token", ask).status == 200
    furnished.shell(
        "from datetime import timedelta; from django.utils import timezone; from clients.models import ClientSecret\n"
        f"ClientSecret.objects.filter(client_id={number}, custom=True).update("
        "expires_at=timezone.now() + timedelta(seconds=1))"
    )
    time.sleep(1.1)
    late = caller.post("/token", ask)
    assert (late.status, late.error) == (401, "invalid_client")
    client.waits_for(5)
    answers = client.answers()
    assert {answer.split()[0] for answer in answers} == {"200"}
    assert {answer.split()[1] for answer in answers} == {"the-", "asc_"}
    assert not [one for one in (secret, FIRST) if one in furnished.log_text()]

    page.goto(f"{furnished.url}/clients/{number}/secrets/")
    expect(page.get_by_role("row", name="Second host")).to_contain_text(secret[4:10])
    expect(page.locator("tr[data-dim]")).to_contain_text("Expired")
    page.locator("tr[data-dim]").get_by_role("link", name="Retire…").first.click()
    expect(page.get_by_text("It no longer works: it only leaves the page")).to_be_visible()
    page.get_by_role("button", name="Retire secret").click()
    expect(page.get_by_role("status").filter(has_text="is retired")).to_be_visible()
    expect(page.locator("table.secrets tbody tr")).to_have_count(1)


# ── Every state, looked at ──

PICTURES = ("light", "phone")
IN_DARK = ("several", "ending", "protected", "public", "rotate", "retire-safe")  # the others show nothing new there


def test_the_credentials_of_every_kind_of_client_hold_in_every_look(
    furnished: Server, browser_page: NewPage, look_at: LookAt
) -> None:
    page = browser_page()
    open_signed_in(page, furnished, "/clients/")
    first = number_of(furnished, f"is-{STATES[0]}")
    pages = {state: f"/clients/{first + place}/secrets/" for place, state in enumerate(STATES)}
    pages |= {
        "rotate": f"/clients/{first}/reset-secret/",
        "change": f"/clients/{first}/secrets/b1x9Rt/",
        "retire": f"/clients/{first}/secrets/k7q2dW/retire/",
        "retire-only": f"/clients/{first + 1}/secrets/h4n8Bv/retire/",
        "retire-safe": f"/clients/{first}/secrets/b1x9Rt/retire/",
        "keys-form": f"/clients/{first + STATES.index('keys')}/edit/",
    }
    found = []
    for name, path in pages.items():
        answer = page.goto(furnished.url + path)
        assert answer is not None
        assert answer.status == 200, path
        pictures = (*PICTURES, "dark") if name in IN_DARK else PICTURES
        found += look_at(page, f"client-secrets-{name}", pictures=pictures)
    page.goto(furnished.url + pages["several"])
    page.get_by_role("link", name="Rotate…").click()
    page.get_by_text("Other", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Until then these work beside the new one.")
    expect(page.get_by_label("Overlap")).to_be_visible()
    assert found + look_at(page, "client-secrets-dialog", pictures=(*PICTURES, "dark")) == []
