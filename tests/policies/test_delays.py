"""R40, R41: delays lie between their bounds, and no more than 24 wait at once in a worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from policies import delays
from policies.delays import MOST_WAITING, TooManyWaiting
from tests.ground.processes import wait_until


class Sleepers:
    """Threads in a delay that ends when the test says so. `slept`: the seconds that each asked for."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.ended = threading.Event()
        self.threads: list[threading.Thread] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        assert self.ended.wait(30)

    def start(self, count: int) -> None:
        """Returns when all of them wait."""
        self.threads = [threading.Thread(target=delays.wait, args=(1.5,)) for _ in range(count)]
        for thread in self.threads:
            thread.start()
        wait_until(lambda: len(self.slept) == count, seconds=20, what="all of them wait")

    def end(self) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(20)


@pytest.fixture
def sleepers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sleepers]:
    one = Sleepers()
    monkeypatch.setattr(delays, "time", SimpleNamespace(sleep=one.sleep))
    yield one
    one.end()


def places_free() -> int:
    """How many could wait now; each is given back."""
    taken = 0
    while delays._places.acquire(blocking=False):
        taken += 1
    for _ in range(taken):
        delays._places.release()
    return taken


def test_r41_twenty_four_wait_and_the_twenty_fifth_is_refused_at_once(sleepers: Sleepers) -> None:
    sleepers.start(24)
    begun = time.monotonic()
    with pytest.raises(TooManyWaiting):
        delays.wait(10)
    assert time.monotonic() - begun < 1
    assert sleepers.slept == [1.5] * 24


def test_r41_a_refused_one_takes_no_place_and_ended_ones_give_theirs_back(sleepers: Sleepers) -> None:
    sleepers.start(MOST_WAITING)
    for _ in range(3):
        with pytest.raises(TooManyWaiting):
            delays.wait(1)
    sleepers.end()
    assert places_free() == MOST_WAITING


class Interrupted(BaseException):
    """What a worker's end, or a signal, may raise in a thread that sleeps."""


def test_r41_a_place_is_given_back_after_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise Interrupted

    monkeypatch.setattr(delays, "time", SimpleNamespace(sleep=interrupted))
    for _ in range(2 * MOST_WAITING):
        with pytest.raises(Interrupted):
            delays.wait(1)
    assert places_free() == MOST_WAITING


@pytest.mark.parametrize("seconds", [0, -1, 0.0])
def test_no_delay_needs_no_place(sleepers: Sleepers, seconds: float) -> None:
    sleepers.start(MOST_WAITING)
    delays.wait(seconds)
    assert len(sleepers.slept) == MOST_WAITING


def test_a_delay_really_waits() -> None:
    begun = time.monotonic()
    delays.wait(0.05)
    assert time.monotonic() - begun >= 0.05


@pytest.mark.parametrize("bounds", [(0, 0), (5, 5), (0, 1), (100, 200), (0, 10_000), (9_999, 10_000)])
def test_r40_a_delay_is_drawn_in_seconds_between_two_bounds_in_milliseconds(bounds: tuple[int, int]) -> None:
    drawn = [delays.draw(bounds) for _ in range(2000)]
    assert bounds[0] / 1000 <= min(drawn) <= max(drawn) <= bounds[1] / 1000


def test_r40_delays_are_drawn_evenly() -> None:
    """Each fifth of the span gets its share, give or take six standard deviations."""
    drawn = [delays.draw((100, 600)) for _ in range(5000)]
    shares = [sum(0.1 + n / 10 <= one < 0.2 + n / 10 for one in drawn) for n in range(5)]
    assert all(830 < share < 1170 for share in shares), shares
