"""R40–R42: the budget of an address before its client is known, the budget of a client after, at every entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import F

from accounts.models import ServerSettings
from audit.models import Event
from clients.models import Client
from policies import budgets, seen_networks
from policies.counters import counting
from policies.counters.in_process import InProcess
from policies.counters.shared import Shared
from policies.models import SeenNetwork
from tests.ground.processes import free_port
from tests.protocol.test_every_entry import ENTRIES, World
from tests.tokens.registry import Answer, get, post, post_as

pytestmark = pytest.mark.django_db
CREDENTIALS = {"grant_type": "client_credentials"}
RATE_HEADERS = ("RateLimit", "RateLimit-Policy", "Retry-After")


@pytest.fixture(autouse=True)
def _counted_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """On PostgreSQL the suite's other tests count in one Redis; these begin from nothing."""
    monkeypatch.setattr(counting, "_counters", InProcess())
    yield
    counting.forget()


@pytest.fixture
def world() -> World:
    made = World()
    counting._addresses.reset()
    seen_networks._counts.clear()
    return made


def settings(**values: Any) -> None:
    ServerSettings.objects.update(policy_version=F("policy_version") + 1, **values)


def rules(world: World, *lines: str) -> None:
    Client.objects.filter(pk=world.client.pk).update(rate_rules="\n".join(lines), revision=F("revision") + 1)


def ask(world: World, *, secret: str = "", **meta: str) -> Answer:
    return post("/token", {**CREDENTIALS, "scope": "ping"}, client_id="service", secret=secret or world.secret)


def told(answer: Answer) -> dict[str, str]:
    return {name: answer.headers[name] for name in RATE_HEADERS if name in answer.headers}


# ── The address ──


@pytest.mark.parametrize("path", [*ENTRIES, "/jwks", "/.well-known/openid-configuration"])
def test_r42_an_address_beyond_its_budget_is_refused_at_every_entry(world: World, path: str) -> None:
    def status() -> int:
        return ENTRIES[path](world) if path in ENTRIES else get(path, authorization="").status

    settings(address_budget=2)
    ask(world)  # the worker learns of the setting
    assert status() in (200, 302, 403)
    assert status() == 429


def test_r41_r42_wrong_credentials_are_charged_and_the_refusal_says_when_to_come_again(world: World) -> None:
    settings(address_budget=3)
    wrong = [ask(world, secret="wrong-secret-of-the-service") for _ in range(4)]
    assert [answer.status for answer in wrong] == [401, 401, 401, 429]
    assert told(wrong[-1]) == {
        "RateLimit": '"address";r=0;t=60', "RateLimit-Policy": '"address";q=3;w=60', "Retry-After": "60",
    }  # fmt: skip
    assert set(wrong[-1].body) == {"error", "error_description", "reference"}
    assert wrong[-1].body["error_description"] == "Too many requests from this address."
    assert ask(world).status == 429
    settings(address_budget=1000)
    budgets._looker = budgets._Looker()  # as after a second
    assert ask(world).status == 200
    event = Event.objects.get(kind="token.refused", reference=wrong[-1].body["reference"])
    assert event.detail["reason"] == "address budget: 3 in 60 s"


def test_an_address_that_stays_over_costs_no_statement(world: World, django_assert_num_queries: Any) -> None:
    settings(address_budget=1)
    answers = [ask(world).status for _ in range(4)]
    assert answers[0] == 200
    with django_assert_num_queries(0):
        assert [ask(world).status for _ in range(20)] == [429] * 20


# ── The client ──


AS_CLIENT = {path: entry for path, entry in ENTRIES.items() if path not in ("/authorize", "/userinfo")}


@pytest.mark.parametrize("path", AS_CLIENT)
def test_r41_a_client_beyond_its_budget_is_refused_at_every_entry(world: World, path: str) -> None:
    rules(world, "any 2 per 3600s")
    assert [AS_CLIENT[path](world) for _ in range(4)] == [200, 200, 429, 429]


def test_r42_nobody_uses_up_a_clients_budget_by_naming_it(world: World) -> None:
    rules(world, "any 1 per 3600s")
    for _ in range(3):
        assert ENTRIES["/authorize"](world) == 302
        assert ask(world, secret="wrong-secret-of-the-service").status == 401
    assert [ask(world).status for _ in range(2)] == [200, 429]


def test_r42_refused_requests_of_an_authenticated_client_count_too_and_keep_their_words(world: World) -> None:
    rules(world, "any 2 per 3600s")
    asked = [world.form("/token", **CREDENTIALS, scope="unknown") for _ in range(3)]
    assert [answer.body["error"] for answer in asked] == ["invalid_scope"] * 3
    assert told(asked[0])["RateLimit"] == '"client";r=1;t=3600'
    assert ask(world).status == 429


def test_r41_every_answer_tells_what_is_left(world: World) -> None:
    rules(world, "POST 2 per 60s")
    first, second, third = (ask(world) for _ in range(3))
    policy = {"RateLimit-Policy": '"client";q=2;w=60'}
    assert told(first) == {**policy, "RateLimit": '"client";r=1;t=60'}
    assert told(second) == {**policy, "RateLimit": '"client";r=0;t=60'}
    assert told(third) == {**policy, "RateLimit": '"client";r=0;t=60', "Retry-After": "60"}
    assert (third.status, third.body["error"]) == (429, "slow_down")
    assert third.body["error_description"] == "This client has used up its requests for now."
    event = Event.objects.get(reference=third.body["reference"])
    assert event.detail["reason"] == "rate rule: POST 2 per 60s"


def test_r42_at_check_the_method_is_that_of_the_original_request(world: World) -> None:
    rules(world, "any 9 per 60s", "DELETE 1 per 60s", "GET 0 per 60s")
    sent = [("HTTP_X_FORWARDED_METHOD", method) for method in ("DELETE", "DELETE", "PUT", "GET")]
    answers = [get("/check", authorization=world.bearer, **{name: value}) for name, value in sent]
    assert [answer.status for answer in answers] == [200, 429, 200, 429]
    assert get("/check", authorization=world.bearer).status == 429


def test_r40_another_limit_holds_at_the_next_request_and_goes_on_with_the_count(world: World) -> None:
    rules(world, "any 2 per 60s")
    assert [ask(world).status for _ in range(3)] == [200, 200, 429]
    rules(world, "any 5 per 60s")
    assert [ask(world).status for _ in range(3)] == [200, 200, 429]
    rules(world, "any 1 per 60s")
    assert ask(world).status == 429
    rules(world)
    assert told(ask(world)) == {}


@pytest.mark.parametrize(("limit", "status"), [(0, 429), (2147483647, 200)])
def test_r40_the_ends_of_a_budget(world: World, limit: int, status: int) -> None:
    rules(world, f"any {limit} per 2678400s")
    assert [ask(world).status for _ in range(2)] == [status, status]


def test_a_watched_rule_refuses_and_tells_nothing_and_is_counted_by_address(world: World) -> None:
    rules(world, "watch any 1 per 60s")
    answers = [ask(world) for _ in range(4)]
    assert [(answer.status, told(answer)) for answer in answers] == [(200, {})] * 4
    seen_networks.flush()
    row = SeenNetwork.objects.get(client=world.client)
    assert (row.over, row.watched_over, row.network) == (0, 3, "127.0.0.1/32")
    rules(world, "any 1 per 60s")
    ask(world)
    seen_networks.flush()
    row.refresh_from_db()
    assert (row.over, row.watched_over) == (1, 0)


def test_a_charged_request_costs_no_statement_more(world: World, django_assert_num_queries: Any) -> None:
    rules(world, "any 1000 per 60s delay 0-1ms")
    for _ in range(2):
        assert ask(world).status == 200
    with django_assert_num_queries(1):
        assert ask(world).status == 200


# ── Without counters ──


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Shared(f"redis://127.0.0.1:{free_port()}/0", told=counting._alarm, back=counting._back)
    monkeypatch.setattr(counting, "_counters", shared)


@pytest.mark.parametrize(
    ("rule", "allowed", "status"),
    [
        ("any 5 per 60s", False, 503),
        ("any 5 per 60s", True, 200),
        ("watch any 5 per 60s", False, 200),
        ("any delay 0-1ms", False, 200),
        ("", False, 200),
    ],
)
@pytest.mark.usefixtures("away")
def test_while_redis_is_away_a_client_with_a_budget_is_refused_unless_the_setting_says_otherwise(
    world: World, rule: str, allowed: bool, status: int
) -> None:
    settings(allow_without_counters=allowed)
    rules(world, rule)
    answers = [ask(world) for _ in range(3)]
    assert {answer.status for answer in answers} == {status}
    assert counting.are_away()
    assert Event.objects.filter(kind="counters.failed").count() == 1
    if status == 503:
        assert answers[0].headers["Retry-After"] == "2"
        assert answers[0].body["error"] == "temporarily_unavailable"


@pytest.mark.usefixtures("away")
def test_while_redis_is_away_addresses_are_counted_by_each_worker(world: World) -> None:
    settings(address_budget=2)
    assert [ask(world).status for _ in range(3)] == [200, 200, 429]


def test_r42_a_bearer_token_is_charged_to_its_client(world: World) -> None:
    rules(world, "POST 1 per 60s")
    answers = [post_as(world.bearer, "/userinfo", {}) for _ in range(2)]
    assert [told(answer)["RateLimit"] for answer in answers] == ['"client";r=0;t=60'] * 2
    assert ask(world).status == 429
