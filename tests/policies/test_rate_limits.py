"""What a client's rate rules say of a request: which of them holds, what is counted, and what is told of it."""

from __future__ import annotations

import pytest

from policies.rate_limits import Bounds, Budget, Charge, client_budget, compiled, headers

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("rules", "method", "expected"),
    [
        ("", "POST", None),
        ("any delay 1-2ms", "POST", (1, 2)),
        ("any delay 1-2ms\nPOST delay 3-4ms", "POST", (3, 4)),
        ("any delay 1-2ms\nPOST delay 3-4ms", "GET", (1, 2)),
        ("any delay 1-2ms\nPOST 5 per 6s", "POST", None),
        ("GET delay 3-4ms", "POST", None),
        ("watch any delay 1-2ms", "POST", None),
        ("any delay 1-2ms\nwatch POST delay 3-4ms", "POST", None),
    ],
)
def test_r40_the_rule_of_a_method_stands_in_place_of_the_rule_for_any(
    rules: str, method: str, expected: Bounds | None
) -> None:
    assert compiled(rules).delay_for(method) == expected


@pytest.mark.parametrize(
    ("rules", "method", "key", "limit"),
    [
        ("POST 5 per 60s", "POST", "client/7/POST/60", 5),
        ("any 5 per 60s", "POST", "client/7/any/60", 5),
        ("any 5 per 60s", "BREW", "client/7/any/60", 5),
        ("any 5 per 60s\nPOST 9 per 1s", "POST", "client/7/POST/1", 9),
        ("watch any 0 per 60s", "GET", "client/7/any/60", 0),
    ],
)
def test_r40_a_request_is_counted_with_those_of_its_rule(rules: str, method: str, key: str, limit: int) -> None:
    budget = client_budget(compiled(rules), client_pk=7, method=method)
    assert budget is not None
    assert (budget.key, budget.limit, budget.watched) == (key, limit, "watch" in rules)


@pytest.mark.parametrize(
    ("rules", "method"), [("", "POST"), ("POST 5 per 60s", "GET"), ("any 1 per 1s\nGET delay 1-2ms", "GET")]
)
def test_r40_without_a_budget_nothing_is_counted(rules: str, method: str) -> None:
    assert client_budget(compiled(rules), client_pk=7, method=method) is None


@pytest.mark.parametrize(
    ("used", "left", "told"),
    [
        (1, 60.0, {"RateLimit": '"client";r=1;t=60'}),
        (2, 59.1, {"RateLimit": '"client";r=0;t=60'}),
        (3, 0.2, {"RateLimit": '"client";r=0;t=1'}),
        (9, 0.0, {"RateLimit": '"client";r=0;t=1'}),
    ],
)
def test_r41_headers_tell_what_is_left_and_when_to_come_again(used: int, left: float, told: dict[str, str]) -> None:
    budget = Budget(name="client", key="k", limit=2, period=60)
    assert headers(Charge(budget=budget, used=used, left=left)) == {"RateLimit-Policy": '"client";q=2;w=60', **told}
