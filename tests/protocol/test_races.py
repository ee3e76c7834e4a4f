"""Many client processes at once, at several workers: one code, one refresh token, one family. What may be had once is
had once, nobody meets a fault, and what was ended stays ended.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol import test_device_grant as device
from tests.protocol.assertions import ask, claims, signed
from tests.protocol.authorizing import Browser, is_active, redeem, refresh
from tests.protocol.caller import FORM, Caller, Response
from tests.protocol.conftest import DOCUMENT, as_client
from tests.protocol.crowd import Ask, Crowd

pytestmark = pytest.mark.once
PROCESSES = 32


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    one = Crowd(PROCESSES)
    yield one
    one.leave()


@dataclass(frozen=True)
class Own:
    """A server of this file's own, one person's browser, and the crowd before its door."""

    running: Server
    machine: Caller
    browser: Browser
    crowd: Crowd

    def at_once(self, asks: list[Ask] | Ask) -> list[Response]:
        return self.crowd.at_once(self.machine, asks)

    def count(self, rows: str) -> int:
        """How many rows there are: `table WHERE …`, read from the store itself."""
        return self.number(f"SELECT count(*) FROM {rows}")

    def number(self, query: str) -> int:
        """The one number that a query gives."""
        url = self.running.variables.get("AUTHSERVER_DATABASE_URL")
        if url:
            with psycopg.connect(url) as store:
                return int(store.execute(query.encode()).fetchall()[0][0])
        with sqlite3.connect(f"file:{self.running.home}/db.sqlite3?mode=ro", uri=True) as file:
            return int(file.execute(query).fetchone()[0])

    def family(self) -> int:
        """The newest."""
        return self.number("SELECT max(id) FROM tokens_tokenfamily")

    def begun(self, client_id: str = "web") -> tuple[str, str, int]:
        """A new authorization: its access token, its refresh token and its family."""
        code = self.browser.code(client_id=client_id)
        tokens = redeem(self.machine, code, authorization=as_client(client_id)).json
        return tokens["access_token"], tokens["refresh_token"], self.family()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def own(
    request: pytest.FixtureRequest, server: MakeServer, crowd: Crowd, tmp_path_factory: pytest.TempPathFactory
) -> Own:
    """One worker on SQLite; three on PostgreSQL."""
    on_postgresql = request.param == "postgresql"
    running = server(workers=3 if on_postgresql else 1, on_postgresql=on_postgresql)
    file = Path(tmp_path_factory.mktemp("races")) / "registry.json"
    file.write_text(json.dumps(DOCUMENT))
    running.manage("apply", str(file))
    browser = Browser(running.url)
    assert browser.sign_in().status == 302
    one = Own(running, Caller(running.url, authorization=as_client("service")), browser, crowd)
    for client_id in ("web", "patient"):  # every worker has verified the secrets, so that nobody waits for Argon2
        one.at_once(refreshing("x", client_id=client_id))
    return one


def refreshing(token: str, *, client_id: str = "web") -> Ask:
    return lambda machine: refresh(machine, token, authorization=as_client(client_id))


def asking(path: str, token: str, *, client_id: str) -> Ask:
    """An introspection or a revocation."""
    return lambda machine: machine.post(path, {"token": token}, authorization=as_client(client_id))


def outcome(answers: list[Response], **errors: int) -> None:
    """So many answers of each error, and all others good: 200."""
    found = Counter(answer.error if answer.status == 400 else str(answer.status) for answer in answers)
    assert found == Counter({"200": len(answers) - sum(errors.values())}) + Counter(errors)


def test_of_many_redemptions_of_one_code_one_succeeds_and_one_pair_is_stored(own: Own) -> None:
    code = own.browser.code()
    family = own.family()
    answers = own.at_once(lambda machine: redeem(machine, code))
    outcome(answers, invalid_grant=PROCESSES - 1)
    assert own.count(f"tokens_accesstoken WHERE family_id = {family}") == 1
    assert own.count(f"tokens_refreshtoken WHERE family_id = {family}") == 1
    winner = next(answer for answer in answers if answer.status == 200).json
    assert not is_active(own.machine, winner["access_token"])  # somebody used the code a second time


def test_r31_of_many_refreshes_with_one_token_one_succeeds_and_the_family_is_dead_everywhere(own: Own) -> None:
    access, token, family = own.begun()
    answers = own.at_once(refreshing(token))
    outcome(answers, invalid_grant=PROCESSES - 1)
    assert own.count(f"tokens_refreshtoken WHERE family_id = {family}") == 2
    assert own.count(f"tokens_tokenfamily WHERE id = {family} AND revoked_at IS NULL") == 0
    assert (
        own.count(
            f"audit_event WHERE kind = 'token.refresh_reused' AND CAST(detail AS text) LIKE '%\"family\": {family}%'"
        )
        == 1
    )
    newest = next(answer for answer in answers if answer.status == 200).json
    outcome(own.at_once(refreshing(newest["refresh_token"])), invalid_grant=PROCESSES)
    look = [asking("/introspect", value, client_id="reader") for value in (access, newest["access_token"])]
    assert {answer.text for answer in own.at_once(look * (PROCESSES // 2))} == {'{"active": false}'}


def test_r29_a_limit_of_five_gives_exactly_five_and_r31_a_grace_one_live_successor_each_time(own: Own) -> None:
    """Everybody with one token, then everybody with the successor that they were answered, and so on to the end."""

    def each_with_its_own(answers: list[Response]) -> str:
        """The refresh token of the only one whose successor lives."""
        later = own.at_once([refreshing(answer.json["refresh_token"], client_id="patient") for answer in answers])
        outcome(later, invalid_grant=PROCESSES - 1)
        return next(str(answer.json["refresh_token"]) for answer in later if answer.status == 200)

    _, token, family = own.begun("patient")
    for _ in range(2):  # two refreshes a round
        answers = own.at_once(refreshing(token, client_id="patient"))
        outcome(answers)
        token = each_with_its_own(answers)
    assert own.count(f"tokens_tokenfamily WHERE id = {family} AND revoked_at IS NULL") == 1
    answers = own.at_once(refreshing(token, client_id="patient"))  # the fifth, which has no successor
    outcome(answers, invalid_grant=PROCESSES - 1)
    assert not any("refresh_token" in answer.json for answer in answers)
    generations = f"FROM tokens_refreshtoken WHERE family_id = {family}"
    assert (own.number(f"SELECT count(*) {generations}"), own.number(f"SELECT max(generation) {generations}")) == (5, 4)
    assert own.count(f"tokens_accesstoken WHERE family_id = {family}") == 1 + 2 * (PROCESSES + 1) + 1


def test_r57_a_revocation_during_a_refresh_leaves_nothing_alive(own: Own) -> None:
    """Half of the crowd refreshes, each another authorization; the other half revokes what the first half refreshes."""
    before = own.family()
    begun = [own.begun() for _ in range(PROCESSES // 2)]
    renewing = [refreshing(token) for _, token, _ in begun]
    answers = own.at_once(renewing + [asking("/revoke", token, client_id="web") for _, token, _ in begun])
    assert {answer.status for answer in answers[len(begun) :]} == {200}
    assert {answer.status for answer in answers[: len(begun)]} <= {200, 400}
    assert own.count(f"tokens_tokenfamily WHERE id > {before} AND revoked_at IS NULL") == 0
    renewed = [answer.json for answer in answers[: len(begun)] if answer.status == 200]
    assert not any(is_active(own.machine, access) for access, _, _ in begun[:3])
    assert not any(is_active(own.machine, tokens["access_token"]) for tokens in renewed[:3])
    assert {refresh(own.machine, tokens["refresh_token"]).error for tokens in renewed[:3]} <= {"invalid_grant"}


def test_rfc8628_of_many_polls_with_one_device_code_one_succeeds_and_one_pair_is_stored(own: Own) -> None:
    asked = device.ask(own.machine)
    device.allow(own.browser, asked["user_code"])
    answers = own.at_once(lambda machine: device.poll(machine, asked["device_code"]))
    assert Counter(answer.status for answer in answers) == {200: 1, 400: PROCESSES - 1}
    assert {answer.error for answer in answers if answer.status == 400} <= {"invalid_grant", "slow_down"}
    family = own.family()
    assert own.count(f"tokens_accesstoken WHERE family_id = {family}") == 1
    assert own.count(f"tokens_refreshtoken WHERE family_id = {family}") == 1


def test_r25_of_many_uses_of_one_assertion_one_succeeds(own: Own) -> None:
    """RFC 7523 §3, `jti`: on three workers, those that know the client and those that do not."""
    issuer = own.machine.send("GET", "/.well-known/oauth-authorization-server").json["issuer"]
    for _ in range(2):
        assertion = signed(claims("keys", issuer))
        answers = own.at_once(partial(ask, assertion=assertion))
        assert Counter(answer.status for answer in answers) == {200: 1, 401: PROCESSES - 1}
        assert {answer.error for answer in answers if answer.status == 401} == {"invalid_client"}
    assert own.count("tokens_usedassertion") == 2
    keys = "(SELECT id FROM clients_client WHERE client_id = 'keys')"
    assert own.count(f"tokens_accesstoken WHERE application_id = {keys}") == 2


def test_consent_that_is_given_many_times_at_once_is_one_consent(own: Own) -> None:
    page = own.browser.authorize(client_id="thrice", prompt="consent")
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in own.browser.session.cookies)
    headers = {"Content-Type": FORM, "Cookie": cookies}
    form = {**page.hidden, "allow": "1"}
    answers = own.at_once(lambda machine: machine.post(page.action, form, authorization="", headers=headers))
    assert Counter(answer.status for answer in answers) == {303: PROCESSES}, answers
    thrice = "(SELECT id FROM clients_client WHERE client_id = 'thrice')"
    assert own.count(f"tokens_consent WHERE application_id = {thrice}") == 1
