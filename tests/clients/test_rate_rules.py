"""R40: how a client's rate rules are written, as lines and as entries of a document; every fault by its field."""

from __future__ import annotations

from typing import Any

import pytest

from clients.rules import rate_rules
from clients.rules.rate_rules import RateRule

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("POST 100 per 60s", RateRule(method="POST", limit=100, period=60)),
        ("any delay 0-250ms", RateRule(min_delay=0, max_delay=250)),
        ("watch GET 0 per 1s delay 5-5ms", RateRule(method="GET", limit=0, period=1, min_delay=5, max_delay=5,
                                                   watched=True)),
        ("HEAD 2147483647 per 2678400s delay 0-10000ms",
         RateRule(method="HEAD", limit=2147483647, period=2678400, max_delay=10000)),
    ],
)  # fmt: skip
def test_r40_a_line_says_a_budget_a_delay_or_both(line: str, rule: RateRule) -> None:
    assert rate_rules.faults([line]) == []
    assert rate_rules.rule_of(line) == rule
    assert rate_rules.rule_of(f"  {line.replace(' ', '   ')} ") == rule
    assert rule.line == line
    assert rate_rules.from_documents(rate_rules.to_documents([line])) == (line,)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("POST", "this rule does nothing"),
        ("any delay 0-0ms", "this rule does nothing"),
        ("watch", "Write it as"),
        ("100 per 60s", "Write it as"),
        ("POST -1 per 60s", "Write it as"),
        ("POST 1e9 per 60s", "Write it as"),
        ("POST ١٠ per 60s", "Write it as"),
        ("POST 1 per 60s\x00", "Write it as"),
        ("POST " + "9" * 5000 + " per 1s", "Write it as"),
        ("POST 2147483648 per 60s", "Must be 0 to 2147483647 requests."),
        ("POST 1 per 0s", "Must be 1 to 2678400 seconds, which is 31 days."),
        ("POST 1 per 2678401s", "Must be 1 to 2678400 seconds, which is 31 days."),
        ("POST delay 0-10001ms", "Must be 0 to 10000 milliseconds."),
        ("POST delay 3-2ms", "Must be at least the shortest delay, which is 3 milliseconds."),
        ("BREW 1 per 1s", "Choose any, GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."),
        ("post 1 per 1s", "Choose any, GET"),
    ],
)
def test_r40_a_line_that_cannot_hold_says_what_is_wrong(line: str, said: str) -> None:
    (fault,) = rate_rules.faults([line])
    assert said in fault.message


def test_r40_one_rule_a_method_and_faults_come_all_at_once() -> None:
    lines = ["POST 1 per 1s", "", "not a rule", "POST delay 1-2ms", "watch POST 2 per 1s"]
    assert [(fault.line, fault.message) for fault in rate_rules.faults(lines)] == [
        (3, rate_rules.HOW),
        (4, "One rule a method: line 1 is the rule for POST."),
        (5, "One rule a method: line 1 is the rule for POST."),
    ]


def test_lines_are_stored_in_one_spelling_and_one_order() -> None:
    lines = ["POST   1 per 01s", " ", "what", "watch any 3 per 4s", "GET 5 per 6s delay 0-0ms"]
    assert rate_rules.normal(lines) == ("watch any 3 per 4s", "GET 5 per 6s", "POST 1 per 1s", "what")


BUDGET = {"method": "POST", "limit": 1, "period": 1}


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        ([BUDGET], []),
        ([{"method": None, "limit": 1, "period": 1}, {"maxDelay": 1, "method": "GET"}], []),
        ([{"limit": 1, "period": 1}, {"method": "*", "limit": 1, "period": 1}], [("[1].method", "One rule a method")]),
        ("POST 1 per 1s", [("", "It is a list")]),
        (["POST"], [("[0]", "A rate rule is an object")]),
        ([{**BUDGET, "limit": True}], [("[0].limit", "It is a whole number.")]),
        ([{**BUDGET, "limit": 1.5}], [("[0].limit", "It is a whole number.")]),
        ([{**BUDGET, "limit": -1}], [("[0].limit", "Must be 0 to")]),
        ([{"method": "POST"}], [("[0].limit", "Say how many")]),
        ([{"method": "POST", "limit": 1}], [("[0].period", "needs the period")]),
        ([{"method": "POST", "period": 1}], [("[0].limit", "needs the number")]),
        ([{**BUDGET, "minDelay": 2, "maxDelay": 1}], [("[0].maxDelay", "at least the shortest")]),
        ([{**BUDGET, "minDelay": -1}], [("[0].minDelay", "Must be 0 to 10000")]),
        ([{**BUDGET, "mode": ["watch"]}], [("[0].mode", "It is ")]),
        ([{**BUDGET, "method": 5}], [("[0].method", "It is ")]),
        ([{**BUDGET, "burst": 5}], [("[0].burst", "There is no such key.")]),
        ([BUDGET, {**BUDGET, "limit": 10**30}], [("[1].limit", "Must be"), ("[1].method", "entry [0]")]),
    ],
)
def test_r40_documents_name_the_entry_and_the_key_that_is_wrong(value: Any, faults: list[tuple[str, str]]) -> None:
    found = rate_rules.document_faults(value)
    assert [path for path, _ in found] == [path for path, _ in faults]
    assert all(part in message for (_, message), (_, part) in zip(found, faults, strict=True))
