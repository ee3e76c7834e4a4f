"""The short memory of tokens that held, with the clock turned by hand."""

from __future__ import annotations

from tokens.resource_server.memory import Memory
from tokens.resource_server.token import Token, token_from


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def token(expires: int | None = None) -> Token:
    return token_from({"client_id": "shop", "exp": expires})


def test_r58_a_token_is_believed_for_its_seconds_and_no_longer() -> None:
    clock = Clock()
    memory = Memory(seconds=5, size=10, clock=clock)
    memory.keep("a", token())
    clock.now += 4.9
    assert memory.recall("a") is not None
    clock.now += 0.2
    assert memory.recall("a") is None


def test_it_is_never_believed_past_its_own_end() -> None:
    clock = Clock()
    memory = Memory(seconds=5, size=10, clock=clock)
    memory.keep("a", token(expires=1002))
    clock.now = 1001.9
    assert memory.recall("a") is not None
    clock.now = 1002
    assert memory.recall("a") is None


def test_a_clock_that_is_set_back_lengthens_no_life() -> None:
    clock = Clock()
    memory = Memory(seconds=5, size=10, clock=clock)
    memory.keep("a", token())
    clock.now -= 60
    assert memory.recall("a") is None


def test_r58_it_is_bounded_and_lets_go_of_what_was_used_longest_ago() -> None:
    memory = Memory(seconds=5, size=2, clock=Clock())
    memory.keep("a", token())
    memory.keep("b", token())
    memory.recall("a")
    memory.keep("c", token())
    assert [memory.recall(value) is not None for value in "abc"] == [True, False, True]
