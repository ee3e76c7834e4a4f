"""RFC 6749 §6, RFC 9700 §4.14.2 over HTTP: rotation, exact counts, reuse, what a refresh may change (R29-R31)."""

from __future__ import annotations

import time

import pytest

from tests.protocol.authorizing import Browser, is_active, redeem, refresh
from tests.protocol.caller import Caller
from tests.protocol.conftest import as_client
from tests.protocol.test_token_endpoint import is_refused


def test_r29_a_limit_of_n_gives_exactly_n_refreshes_and_the_last_gives_no_refresh_token(
    machine: Caller, browser: Browser
) -> None:
    thrice = as_client("thrice")
    tokens = redeem(machine, browser.code(client_id="thrice"), authorization=thrice).json
    for left in (2, 1, 0):
        before = tokens["refresh_token"]
        tokens = refresh(machine, before, authorization=thrice).json
        assert ("refresh_token" in tokens) == (left > 0)
    assert is_active(machine, tokens["access_token"])
    is_refused(refresh(machine, before, authorization=thrice), 400, "invalid_grant")
    assert not is_active(machine, tokens["access_token"])


def test_r31_a_rotated_token_that_is_used_again_ends_the_family(machine: Caller, browser: Browser) -> None:
    first = redeem(machine, browser.code()).json
    second = refresh(machine, first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]
    third = refresh(machine, second["refresh_token"]).json
    assert all(is_active(machine, one["access_token"]) for one in (first, second, third))
    is_refused(refresh(machine, first["refresh_token"]), 400, "invalid_grant")
    assert not any(is_active(machine, one["access_token"]) for one in (first, second, third))
    is_refused(refresh(machine, third["refresh_token"]), 400, "invalid_grant")
    other = redeem(machine, browser.code()).json
    assert refresh(machine, other["refresh_token"]).status == 200


def test_r31_the_reuse_is_an_event_and_stands_once(machine: Caller, browser: Browser) -> None:
    tokens = redeem(machine, browser.code()).json
    refresh(machine, tokens["refresh_token"])
    references = {refresh(machine, tokens["refresh_token"]).json["reference"] for _ in range(3)}
    assert all(reference.startswith("R-") for reference in references)


def test_r31_within_the_grace_a_used_token_works_again_while_its_successor_is_unused(
    machine: Caller, browser: Browser
) -> None:
    """The successor's earlier value works no more, the refresh is counted once, and the end is as without a grace."""
    patient = as_client("patient")
    first = redeem(machine, browser.code(client_id="patient"), authorization=patient).json
    answers = [refresh(machine, first["refresh_token"], authorization=patient) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    lost, *_, kept = (answer.json for answer in answers)
    is_refused(refresh(machine, lost["refresh_token"], authorization=patient), 400, "invalid_grant")
    assert all(is_active(machine, answer.json["access_token"]) for answer in answers)
    used = refresh(machine, kept["refresh_token"], authorization=patient).json
    is_refused(refresh(machine, first["refresh_token"], authorization=patient), 400, "invalid_grant")
    assert not is_active(machine, used["access_token"])
    is_refused(refresh(machine, used["refresh_token"], authorization=patient), 400, "invalid_grant")


def test_r31_after_the_grace_a_used_token_ends_the_family(machine: Caller, browser: Browser) -> None:
    hasty = as_client("hasty")
    first = redeem(machine, browser.code(client_id="hasty"), authorization=hasty).json
    second = refresh(machine, first["refresh_token"], authorization=hasty).json
    time.sleep(1.1)
    is_refused(refresh(machine, first["refresh_token"], authorization=hasty), 400, "invalid_grant")
    is_refused(refresh(machine, second["refresh_token"], authorization=hasty), 400, "invalid_grant")
    assert not is_active(machine, second["access_token"])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "ping orders.read mail.send"}, "invalid_scope"),
        ({"scope": "closed.read"}, "invalid_scope"),
        ({"scope": "*"}, "invalid_scope"),
        ({"resource": "https://mail.example"}, "invalid_target"),
        ({"resource": "https://unknown.example"}, "invalid_target"),
        ({"resource": "https://orders.example", "scope": "ping"}, "invalid_target"),
    ],
)
def test_a_refresh_that_widens_is_refused_and_costs_nothing(
    machine: Caller, browser: Browser, changes: dict[str, str], error: str
) -> None:
    """RFC 6749 §6: the scope MUST NOT include any scope not originally granted; RFC 8707 §2.2."""
    tokens = redeem(machine, browser.code(scope="ping orders.read")).json
    is_refused(refresh(machine, tokens["refresh_token"], **changes), 400, error)
    assert refresh(machine, tokens["refresh_token"]).status == 200


def test_a_refresh_that_narrows_leaves_the_refresh_token_its_scope(machine: Caller, browser: Browser) -> None:
    """RFC 6749 §6: a new refresh token's scope MUST be identical to that of the one in the request."""
    first = redeem(machine, browser.code(scope="ping orders.read mail.send")).json
    narrow = refresh(machine, first["refresh_token"], scope="ping orders.read").json
    assert narrow["scope"] == "ping orders.read"
    said = machine.introspect(narrow["access_token"], authorization=as_client("reader"))
    assert (said["scope"], said["aud"]) == ("ping orders.read", "https://orders.example")
    one_api = refresh(machine, narrow["refresh_token"], resource="https://mail.example").json
    assert one_api["scope"] == "ping mail.send"
    assert refresh(machine, one_api["refresh_token"]).json["scope"] == "ping orders.read mail.send"


def test_another_clients_refresh_token_is_refused_and_stays_good(machine: Caller, browser: Browser) -> None:
    """RFC 6749 §6: the refresh token is bound to the client to which it was issued."""
    tokens = redeem(machine, browser.code()).json
    is_refused(refresh(machine, tokens["refresh_token"], authorization=as_client("thrice")), 400, "invalid_grant")
    is_refused(refresh(machine, tokens["refresh_token"], client_id="phone"), 400, "invalid_grant")
    is_refused(refresh(machine, tokens["refresh_token"], client_id="web"), 401, "invalid_client")
    assert refresh(machine, tokens["refresh_token"]).status == 200


@pytest.mark.parametrize("value", ["rubbish", "asr_" + "0" * 52, "é", "a" * 5000])
def test_what_is_no_refresh_token_is_an_invalid_grant(machine: Caller, value: str) -> None:
    is_refused(refresh(machine, value), 400, "invalid_grant")


def test_an_access_token_or_a_code_is_no_refresh_token(machine: Caller, browser: Browser) -> None:
    code = browser.code()
    is_refused(refresh(machine, code), 400, "invalid_grant")
    tokens = redeem(machine, code).json
    is_refused(refresh(machine, tokens["access_token"]), 400, "invalid_grant")
    is_refused(redeem(machine, tokens["refresh_token"]), 400, "invalid_grant")
    said = machine.send("GET", "/.well-known/oauth-authorization-server", headers={
        "Authorization": f"Bearer {tokens['refresh_token']}"
    })  # fmt: skip
    assert said.status == 200
