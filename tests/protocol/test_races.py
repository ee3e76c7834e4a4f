"""Many at once: one code, one refresh token, one family, asked for by many processes' worth of requests on several
workers. Exactly one wins, nobody meets a fault, and what was ended stays ended.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol import test_device_grant as device
from tests.protocol.assertions import ask, claims, signed
from tests.protocol.authorizing import Browser, is_active, redeem, refresh
from tests.protocol.caller import Caller, Response
from tests.protocol.conftest import DOCUMENT, as_client

pytestmark = pytest.mark.once
AT_ONCE = 32
Own = tuple[Caller, Browser, Server]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def own(request: pytest.FixtureRequest, server: MakeServer, tmp_path_factory: pytest.TempPathFactory) -> Own:
    """One worker on SQLite; three processes on PostgreSQL."""
    on_postgresql = request.param == "postgresql"
    running = server(workers=3 if on_postgresql else 1, on_postgresql=on_postgresql)
    file = Path(tmp_path_factory.mktemp("races")) / "registry.json"
    file.write_text(json.dumps(DOCUMENT))
    running.manage("apply", str(file))
    browser = Browser(running.url)
    assert browser.sign_in().status == 302
    machine = Caller(running.url, authorization=as_client("service"))
    with ThreadPoolExecutor(8) as pool:  # every worker has verified the secrets, so that nobody waits for Argon2
        for name in ("web", "thrice"):
            list(pool.map(lambda _, client=name: refresh(machine, "x", authorization=as_client(client)), range(12)))
    return machine, browser, running


def at_once(ask: Callable[[], Response]) -> list[Response]:
    """The same request AT_ONCE times, begun together."""
    begin = Barrier(AT_ONCE)

    def one(_: int) -> Response:
        begin.wait()
        return ask()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def rows(running: Server, expression: str) -> int:
    lines = running.shell(f"from tokens.models import *; print({expression})").splitlines()
    return int(lines[-1])


def test_of_many_redemptions_of_one_code_one_succeeds_and_one_pair_is_stored(own: Own) -> None:
    machine, browser, running = own
    code = browser.code()
    family = rows(running, "TokenFamily.objects.order_by('-pk').first().pk")
    answers = at_once(lambda: redeem(machine, code))
    assert Counter(answer.status for answer in answers) == {200: 1, 400: AT_ONCE - 1}
    assert {answer.error for answer in answers if answer.status == 400} == {"invalid_grant"}
    assert rows(running, f"AccessToken.objects.filter(family={family}).count()") == 1
    assert rows(running, f"RefreshToken.objects.filter(family={family}).count()") == 1
    winner = next(answer for answer in answers if answer.status == 200).json
    assert not is_active(machine, winner["access_token"])  # somebody used the code a second time


def test_r31_of_many_refreshes_with_one_token_one_succeeds_and_the_family_is_dead_everywhere(own: Own) -> None:
    machine, browser, running = own
    tokens = redeem(machine, browser.code()).json
    family = rows(running, "TokenFamily.objects.order_by('-pk').first().pk")
    answers = at_once(lambda: refresh(machine, tokens["refresh_token"]))
    assert Counter(answer.status for answer in answers) == {200: 1, 400: AT_ONCE - 1}
    assert rows(running, f"RefreshToken.objects.filter(family={family}).count()") == 2
    assert rows(running, f"TokenFamily.objects.filter(pk={family}, revoked_at=None).count()") == 0
    assert not is_active(machine, tokens["access_token"])
    newest = next(answer for answer in answers if answer.status == 200).json["refresh_token"]
    assert {answer.status for answer in at_once(lambda: refresh(machine, newest))} == {400}


def test_r29_a_limit_of_three_gives_exactly_three_under_concurrency(own: Own) -> None:
    machine, browser, running = own
    thrice = as_client("thrice")
    tokens = redeem(machine, browser.code(client_id="thrice"), authorization=thrice).json
    family = rows(running, "TokenFamily.objects.order_by('-pk').first().pk")
    given = 0
    while "refresh_token" in tokens:
        # Each generation is asked for twice at once; the family is then kept alive by hand, to count on.
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(refresh, machine, tokens["refresh_token"], authorization=thrice) for _ in range(2)]
            good = [one.result() for one in asked if one.result().status == 200]
        assert len(good) == 1
        given, tokens = given + 1, good[0].json
        running.shell(f"from tokens.models import *; TokenFamily.objects.filter(pk={family}).update(revoked_at=None)")
    assert given == 3
    assert rows(running, f"RefreshToken.objects.filter(family={family}).count()") == 3
    assert rows(running, f"AccessToken.objects.filter(family={family}).count()") == 4


def test_r57_a_revocation_during_a_refresh_leaves_nothing_alive(own: Own) -> None:
    machine, browser, _ = own
    for _ in range(6):
        tokens = redeem(machine, browser.code()).json
        begin = Barrier(2)

        def renew(token: str = tokens["refresh_token"], gate: Barrier = begin) -> Response:
            gate.wait()
            return refresh(machine, token)

        def end(token: str = tokens["access_token"], gate: Barrier = begin) -> Response:
            gate.wait()
            return machine.post("/revoke", {"token": token}, authorization=as_client("web"))

        with ThreadPoolExecutor(2) as pool:
            renewed, ended = pool.submit(renew), pool.submit(end)
            answer = renewed.result()
            assert ended.result().status == 200
        assert answer.status in (200, 400)
        assert not is_active(machine, tokens["access_token"])
        if answer.status == 200:
            assert not is_active(machine, answer.json["access_token"])
            assert refresh(machine, answer.json["refresh_token"]).error == "invalid_grant"


def test_rfc8628_of_many_polls_with_one_device_code_one_succeeds_and_one_pair_is_stored(own: Own) -> None:
    machine, browser, running = own
    asked = device.ask(machine)
    device.allow(browser, asked["user_code"])
    answers = at_once(lambda: device.poll(machine, asked["device_code"]))
    assert Counter(answer.status for answer in answers) == {200: 1, 400: AT_ONCE - 1}
    assert {answer.error for answer in answers if answer.status == 400} <= {"invalid_grant", "slow_down"}
    family = rows(running, "TokenFamily.objects.order_by('-pk').first().pk")
    assert rows(running, f"AccessToken.objects.filter(family={family}).count()") == 1
    assert rows(running, f"RefreshToken.objects.filter(family={family}).count()") == 1


def test_r25_of_many_uses_of_one_assertion_one_succeeds(own: Own) -> None:
    """RFC 7523 §3, `jti`: on three processes, and on workers that know the client as on those that do not."""
    machine, _, running = own
    issuer = machine.send("GET", "/.well-known/oauth-authorization-server").json["issuer"]
    for _ in range(3):
        assertion = signed(claims("keys", issuer))
        answers = at_once(lambda one=assertion: ask(machine, one))  # type: ignore[misc]
        assert Counter(answer.status for answer in answers) == {200: 1, 401: AT_ONCE - 1}
        assert {answer.error for answer in answers if answer.status == 401} == {"invalid_client"}
    assert rows(running, "UsedAssertion.objects.count()") == 3
    assert rows(running, "AccessToken.objects.filter(application__client_id='keys').count()") == 3


def test_consent_that_is_given_many_times_at_once_is_one_consent(own: Own) -> None:
    _, browser, running = own
    page = browser.authorize(client_id="thrice", prompt="consent")
    form = {**page.hidden, "allow": "1"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: browser.post(page.action, form), range(8)))
    assert {answer.status for answer in answers} == {303}
    assert rows(running, "Consent.objects.filter(application__client_id='thrice').count()") == 1
