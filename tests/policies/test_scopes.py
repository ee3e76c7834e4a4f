"""R32-R34: names, wildcards, and what a request is granted."""

from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import scopes
from policies.scopes import AllowedScope, ScopeFacts, ScopeRefused

CATALOGUE = {
    "openid": ScopeFacts(is_default=False, is_sensitive=False, audience=None),
    "orders.read": ScopeFacts(is_default=True, is_sensitive=False, audience="https://orders.example"),
    "orders.write": ScopeFacts(is_default=False, is_sensitive=True, audience="https://orders.example"),
    "sendMessage": ScopeFacts(is_default=True, is_sensitive=False, audience="https://mail.example"),
    "RegisteredClient": ScopeFacts(is_default=False, is_sensitive=False, audience=None),
}


@given(pattern=st.text("ab*", max_size=8), name=st.text("ab", max_size=10))
def test_r33_the_matcher_agrees_with_a_plain_reference(pattern: str, name: str) -> None:
    assert scopes.pattern_matches(pattern, name) == fnmatch.fnmatchcase(name, pattern)


def test_r33_a_thousand_stars_against_a_long_name_take_bounded_time() -> None:
    begun = time.perf_counter()
    for _ in range(100):
        scopes.pattern_matches("*a" * 1000 + "b", "a" * 100)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    ("allowed", "requested", "granted"),
    [
        ("send*", "sendMessage", ("sendMessage",)),
        ("*", "openid orders.write", ("openid", "orders.write")),
        ("orders.*", "orders.read orders.read", ("orders.read",)),
        ("", "RegisteredClient", ("RegisteredClient",)),
        ("orders.* nothing.like.it", None, ("orders.read",)),
        ("*", "", ("orders.read", "sendMessage")),
        ("openid", None, ("RegisteredClient",)),
        ("", None, ("RegisteredClient",)),
    ],
)
def test_r33_r34_what_is_granted(allowed: str, requested: str | None, granted: tuple[str, ...]) -> None:
    assert scopes.decide(requested, allowed=AllowedScope(allowed), catalogue=CATALOGUE) == granted


@pytest.mark.parametrize(
    ("allowed", "requested", "why"),
    [
        ("*", "unheard.of", "does not exist"),
        ("*", "*", "wildcard"),
        ("*", "orders.*", "wildcard"),
        ("openid", "orders.read", "not allowed"),
        ("openid", "openid orders.read", "not allowed"),
        ("*", "openid  orders.read", "empty element"),
        ("*", 'open"id', "character"),
        ("*", "openid\norders.read", "character"),
        ("*", " ".join(f"s{i}" for i in range(201)), "More than 200"),
    ],
)
def test_r33_what_is_refused_says_why(allowed: str, requested: str, why: str) -> None:
    with pytest.raises(ScopeRefused, match=why):
        scopes.decide(requested, allowed=AllowedScope(allowed), catalogue=CATALOGUE)


@pytest.mark.parametrize(
    ("name", "good"),
    [("orders.read", True), ("a" * 100, True), ("a" * 101, False), ("", False), ("a b", False), ("a,b", False),
     ('a"b', False), ("a\\b", False), ("a*", False), ("né", False), ("a\x00", False)],
)  # fmt: skip
def test_r32_scope_names(name: str, good: bool) -> None:
    assert (scopes.name_fault(name) is None) is good


def test_the_audience_follows_from_the_scopes_apis() -> None:
    granted = ("openid", "orders.read", "orders.write", "sendMessage")
    assert scopes.audiences(granted, CATALOGUE) == ("https://orders.example", "https://mail.example")
