"""R42: counting in this process and in a real Redis, shares of large budgets, a breaker, bounds, clocks that move."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest
from redis import Redis

from policies.counters.breaker import Breaker
from policies.counters.in_process import InProcess
from policies.counters.shared import MARK, PREFIX, Shared
from policies.counters.shares import LOOKED_AT_MOST, MOST_HELD, Shares
from policies.counters.window import Away, Counters, Window
from tests.ground.processes import free_port

pytestmark = pytest.mark.once
LARGEST = 2_147_483_647


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["in the process", "in Redis"])
def counters(request: pytest.FixtureRequest) -> Counters:
    if request.param == "in the process":
        return InProcess()
    return Shared(request.getfixturevalue("redis_url"))


# ── What both kinds do ──


def test_r42_a_window_counts_from_its_first_request_and_keys_do_not_meet(counters: Counters) -> None:
    assert counters.look("a") is None
    assert [counters.take("a", period=60).used for _ in range(3)] == [1, 2, 3]
    assert counters.take("b", period=60, amount=5).used == 5
    seen = counters.look("a")
    assert seen is not None
    assert (seen.used, 59 < seen.left <= 60) == (3, True)


def test_r42_threads_together_count_exactly(counters: Counters) -> None:
    seen: list[int] = []

    def ask() -> None:
        seen.extend(counters.take("a", period=60).used for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(seen) == list(range(1, 401))


def test_r40_the_largest_budget_and_the_longest_period_are_counted(counters: Counters) -> None:
    counters.take("a", period=2_678_400, amount=LARGEST)
    assert counters.take("a", period=2_678_400).used == LARGEST + 1


# ── In the process ──


def test_a_window_ends_when_its_period_is_over_and_not_before(clock: Clock) -> None:
    counters = InProcess(clock=clock)
    counters.take("a", period=60)
    clock.now += 59.9
    assert counters.take("a", period=60).used == 2
    clock.now += 0.1
    assert counters.take("a", period=60) == Window(used=1, left=60)


def test_ten_thousand_addresses_take_bounded_memory_and_the_earliest_begun_go(clock: Clock) -> None:
    counters = InProcess(most=1000, clock=clock)
    for number in range(10_000):
        counters.take(f"address/{number}", period=60)
    assert len(counters._windows) == 1000
    assert counters.look("address/9999") is not None
    assert counters.look("address/0") is None


def test_ended_windows_leave_as_new_ones_come(clock: Clock) -> None:
    counters = InProcess(clock=clock)
    for number in range(100):
        counters.take(f"old/{number}", period=1)
    clock.now += 2
    for number in range(30):
        counters.take(f"new/{number}", period=60)
    assert len(counters._windows) == 30


# ── In Redis ──


def test_r42_two_workers_share_one_count_and_a_new_one_goes_on_with_it(redis_url: str) -> None:
    one, other = Shared(redis_url), Shared(redis_url)
    assert [counters.take("a", period=60).used for counters in (one, other, one, Shared(redis_url))] == [1, 2, 3, 4]


def test_a_clock_of_redis_that_was_moved_back_makes_no_window_longer(redis_url: str) -> None:
    counters, redis = Shared(redis_url), Redis.from_url(redis_url)
    counters.take("a", period=60)
    redis.pexpire(f"{PREFIX}a", 3_600_000)  # as it looks after the clock went back by an hour
    assert counters.take("a", period=60) == Window(used=2, left=60)
    redis.persist(f"{PREFIX}a")
    assert counters.take("a", period=60) == Window(used=3, left=60)


def test_a_redis_that_was_emptied_is_told_of_once_by_each_worker(redis_url: str) -> None:
    told: list[str] = []
    counters, redis = Shared(redis_url, told=told.append), Redis.from_url(redis_url)
    counters.take("a", period=60)
    redis.flushdb()
    redis.script_flush()
    assert [counters.take("a", period=60).used for _ in range(2)] == [1, 2]
    assert told == ["emptied"]
    assert redis.get(MARK)


def test_a_redis_that_is_gone_is_asked_once_a_pause_and_told_of_once(clock: Clock) -> None:
    told: list[str] = []
    counters = Shared(f"redis://127.0.0.1:{free_port()}/0", told=told.append, breaker=Breaker(clock=clock))
    for _ in range(50):
        with pytest.raises(Away):
            counters.take("a", period=60)
    assert told == ["ConnectionError"]
    assert counters.breaker.open


def test_a_redis_that_does_not_answer_is_waited_for_three_times_and_no_longer_than_patience(clock: Clock) -> None:
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as mute:
        counters = Shared(f"redis://127.0.0.1:{mute.getsockname()[1]}/0", patience=0.1, told=told.append,
                          breaker=Breaker(clock=clock))  # fmt: skip
        begun = time.monotonic()
        assert {_outcome(lambda: counters.take("a", period=60)) for _ in range(20)} == {"Away"}
        assert 0.3 <= time.monotonic() - begun < 3
    assert told == ["TimeoutError"]


def test_a_redis_that_is_back_is_counted_in_again_and_told_of(redis_url: str, clock: Clock) -> None:
    back: list[bool] = []
    counters = Shared(redis_url, back=lambda: back.append(True), breaker=Breaker(clock=clock))
    counters.take("a", period=60)
    counters.breaker.failed(at_once=True)
    assert _outcome(lambda: counters.take("a", period=60)) == "Away"
    clock.now += 1
    assert counters.take("a", period=60).used == 2
    assert back == [True]


def _outcome(ask: Callable[[], object]) -> str:
    try:
        ask()
    except Away:
        return "Away"
    return "answered"


# ── The breaker ──


def test_one_time_out_is_bad_luck_and_three_are_not(clock: Clock) -> None:
    breaker = Breaker(clock=clock)
    assert [breaker.failed(at_once=False) for _ in range(2)] == [False, False]
    assert breaker.succeeded() is False
    assert [breaker.failed(at_once=False) for _ in range(3)] == [False, False, True]
    assert breaker.lets_through() is False
    clock.now += 1
    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]
    assert breaker.failed(at_once=False) is False
    clock.now += 1
    assert breaker.lets_through() is True
    assert breaker.succeeded() is True
    assert breaker.lets_through() is True


# ── Shares ──


def test_a_large_budget_is_taken_in_shares_and_never_passed_by_several_workers(clock: Clock) -> None:
    limit, counters = 5000, InProcess(clock=clock)
    workers = [Shares(parts=1000, clock=clock) for _ in range(4)]
    asked = 0

    class Counted(InProcess):
        def take(self, key: str, *, period: int, amount: int = 1) -> Window:
            nonlocal asked
            asked += 1
            return counters.take(key, period=period, amount=amount)

    shared = Counted(clock=clock)
    let_in = sum(
        workers[number % 4].take("a", limit=limit, period=60, counters=shared).used <= limit for number in range(8000)
    )
    assert let_in == limit
    assert asked < 1100
    clock.now += 60
    assert workers[0].take("a", limit=limit, period=60, counters=shared).used <= limit


@pytest.mark.parametrize("limit", [0, 1, 7, 1999])
def test_a_small_budget_is_counted_one_by_one(clock: Clock, limit: int) -> None:
    counters, workers = InProcess(clock=clock), [Shares(parts=1000, clock=clock) for _ in range(3)]
    asked = [workers[number % 3].take("a", limit=limit, period=60, counters=counters) for number in range(limit + 20)]
    assert sum(window.used <= limit for window in asked) == limit


def test_shares_of_ten_thousand_addresses_and_more_take_bounded_memory(clock: Clock) -> None:
    shares, counters = Shares(parts=1000, clock=clock), InProcess(clock=clock)
    for number in range(MOST_HELD + 500):
        shares.take(f"address/{number}", limit=5000, period=60, counters=counters)
    assert len(shares._held) == MOST_HELD


def test_a_spent_budget_is_believed_for_a_moment_and_then_asked_about_again(clock: Clock) -> None:
    shares, counters = Shares(parts=1000, clock=clock), InProcess(clock=clock)
    assert [shares.take("a", limit=1, period=600, counters=counters).used for _ in range(2)] == [1, 2]
    counters.reset()
    assert shares.take("a", limit=1, period=600, counters=counters).used == 2
    clock.now += LOOKED_AT_MOST
    assert shares.take("a", limit=1, period=600, counters=counters).used == 1
