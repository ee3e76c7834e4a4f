"""What another provider may say of a person, and how much of it is believed."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.upstream.arriving import NotLetIn, read
from accounts.upstream.facts import Upstream

UPSTREAM = Upstream(name="HQ", issuer="https://hq.example", client_id="branch")
TOLD: dict[str, Any] = {"id_token": {"sub": "1"}, "userinfo": {"sub": "1", "preferred_username": "mara"}}


def test_whose_account_it_is_hangs_on_sub_alone() -> None:
    arrival = read(TOLD, UPSTREAM)
    assert (arrival.sub, arrival.username, arrival.values) == ("1", "mara", frozenset())


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"userinfo": {"sub": "1"}},
        {"id_token": {}, "userinfo": {"sub": "1"}},
        {"id_token": {"sub": ""}},
        {"id_token": {"sub": 1}},
        {"id_token": {"sub": ["1"]}},
        {"id_token": {"sub": "x" * 192}},
        {"id_token": ["sub"]},
        {"id_token": {"sub": "1"}, "userinfo": {"sub": "2"}},
        {"id_token": {"sub": "1"}, "userinfo": [1]},
    ],
)
def test_without_a_sub_of_one_person_nobody_arrives(told: dict[str, Any]) -> None:
    """OpenID Connect Core §3.1.3.3, §5.3.2."""
    with pytest.raises(NotLetIn):
        read(told, UPSTREAM)


@pytest.mark.parametrize(
    ("path", "claims", "values"),
    [
        ("groups", {"groups": ["a", "b"]}, {"a", "b"}),
        ("groups", {"groups": "a"}, {"a"}),
        ("groups", {"groups": ["a", 1, None, {"b": 1}]}, {"a"}),
        ("groups", {"groups": {"a": True}}, set()),
        ("groups", {}, set()),
        ("realm_access.roles", {"realm_access": {"roles": ["admin"]}}, {"admin"}),
        ("https://hq.example/groups", {"https://hq.example/groups": ["a"]}, {"a"}),
        ("a.b.c", {"a": {"b": "no object"}}, set()),
    ],
)
def test_values_of_the_claim_are_texts_and_nothing_else(path: str, claims: dict[str, Any], values: set[str]) -> None:
    upstream = Upstream(name="HQ", issuer="https://hq.example", client_id="branch", groups_claim=path)
    assert read({**TOLD, "userinfo": {"sub": "1", **claims}}, upstream).values == values


@pytest.mark.parametrize("auth_time", [None, True, "1700000000", float("inf"), float("nan"), 10**30, -(10**30)])
def test_a_moment_that_is_none_is_left_out(auth_time: object) -> None:
    assert read({"id_token": {"sub": "1", "auth_time": auth_time}}, UPSTREAM).proved_at is None


def test_connections_of_one_issuer_are_worth_nothing_for_another() -> None:
    assert UPSTREAM.key != Upstream(name="HQ", issuer="https://hq.example/", client_id="branch").key
