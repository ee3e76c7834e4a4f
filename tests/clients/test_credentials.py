"""R12, R13, R16: what a secret looks like, what is kept of it, and how it is tried."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import argon2
import pytest
from argon2.exceptions import VerifyMismatchError

from clients.secrets import credentials, secret_format
from clients.secrets.credentials import LiveSecret, WeakSecret


def live(secret: str, *, custom: bool = False) -> LiveSecret:
    key_id = "" if custom else secret_format.genuine_key_id(secret) or ""
    return LiveSecret(pk=1, key_id=key_id, hash=credentials.hash_secret(secret), custom=custom)


def test_r12_a_generated_secret_is_url_safe_long_and_recognisable() -> None:
    secret, key_id = secret_format.generate()
    assert secret.startswith("asc_")
    assert len(secret) >= 36
    assert secret.replace("_", "").isalnum()
    assert secret.isascii()
    assert secret_format.genuine_key_id(secret) == key_id


@pytest.mark.parametrize("position", [4, 12, 30, 52, 60])
def test_a_forged_secret_fails_by_its_tag_without_argon2(position: int, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, _ = secret_format.generate()
    swapped = "x" if secret[position] != "x" else "y"
    body = secret[:position] + swapped + secret[position + 1 : -6]
    forged = body + secret_format.checksum(body)
    runs: list[str] = []
    monkeypatch.setattr(credentials, "matches", lambda *_: runs.append("run"))
    assert credentials.find(forged, [live(secret)]) is None
    assert runs == []


def test_the_right_secret_is_found_and_a_wrong_one_is_not() -> None:
    secret, other = secret_format.generate()[0], secret_format.generate()[0]
    assert credentials.find(secret, [live(other), live(secret)]) is not None
    assert credentials.find(secret, [live(other)]) is None
    assert credentials.find(secret, []) is None


@pytest.mark.parametrize("rows", ["none", "generated", "custom"])
def test_a_secret_without_our_prefix_costs_exactly_one_run(rows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    monkeypatch.setattr(credentials, "matches", lambda stored, _: runs.append(stored))
    secrets = {
        "none": [],
        "generated": [live(secret_format.generate()[0])],
        "custom": [live("a-custom-secret-of-mine", custom=True)],
    }[rows]
    assert credentials.find("guess", secrets) is None
    assert len(runs) == 1


def test_the_run_for_nobody_is_a_whole_one_with_the_cost_of_every_other() -> None:
    nobodys, somebodys = (
        stored.removeprefix(credentials.HASHER_NAME)
        for stored in (credentials._NOBODYS, credentials.hash_secret("somebody's"))
    )
    assert argon2.extract_parameters(nobodys) == argon2.extract_parameters(somebodys)
    assert len(nobodys) == len(somebodys)
    with pytest.raises(VerifyMismatchError):  # and no fault of its form, which would be told without a run
        credentials._hasher.verify(nobodys, "anything")


def test_r13_a_stored_value_that_looks_like_a_hash_is_still_hashed() -> None:
    looks_hashed = credentials.hash_secret("anything")
    stored = credentials.hash_secret(looks_hashed)
    assert stored != looks_hashed
    assert credentials.matches(stored, looks_hashed)
    assert not credentials.matches(stored, "anything")


@pytest.mark.parametrize(
    "secret",
    ["", "short", "aaaaaaaaaaaaaaaaaaaaaaaa", "with a space in the middle", "umläut-umläut-umläut",
     "aaaaaaaabcdefgh\n", "asc_abcdefghijklmnopqrstuvwxyz", "abcdefgh" * 40, "nul\x00nul-nul-nul-nul"],
)  # fmt: skip
def test_r13_a_weak_or_unprintable_custom_secret_is_refused_with_its_mend(secret: str) -> None:
    with pytest.raises(WeakSecret) as refusal:
        credentials.check_custom(secret)
    assert str(refusal.value).startswith(("Use ", "A custom secret cannot"))


def test_concurrent_argon2_runs_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "LONGEST_WAIT", 0.01)
    stored, hold, held = credentials.hash_secret("x"), threading.Event(), threading.Semaphore(0)

    class Slow:
        def verify(self, *_: str) -> bool:
            held.release()
            return hold.wait(10)

    monkeypatch.setattr(credentials, "_hasher", Slow())
    threads = [threading.Thread(target=credentials.matches, args=(stored, name)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    held.acquire()
    held.acquire()
    with pytest.raises(credentials.Overloaded):
        credentials.matches(stored, "x")
    hold.set()
    for thread in threads:
        thread.join()


class Held:
    """An Argon2 that takes until it is let go, and counts its runs."""

    def __init__(self) -> None:
        self.go, self.begun, self.runs = threading.Event(), threading.Event(), 0

    def verify(self, *_: str) -> bool:
        self.runs += 1
        self.begun.set()
        return self.go.wait(10)


def test_equal_secrets_tried_at_the_same_moment_cost_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held()
    monkeypatch.setattr(credentials, "_hasher", held)
    with ThreadPoolExecutor(16) as pool:
        answers = [pool.submit(credentials.matches, "stored", "secret") for _ in range(16)]
        held.begun.wait(10)
        time.sleep(0.1)
        held.go.set()
        assert all(answer.result() for answer in answers)
    assert held.runs == 1


@pytest.mark.parametrize("guess", ["guess {}", "the same guess"])
def test_guesses_beyond_a_bound_are_refused_at_once_and_secrets_with_our_tag_are_not(
    guess: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()
    monkeypatch.setattr(credentials, "_hasher", held)
    with ThreadPoolExecutor(credentials.MOST_GUESSES + 8) as pool:
        waiting = [pool.submit(credentials.find, guess.format(n), []) for n in range(credentials.MOST_GUESSES + 4)]
        refused = list(islice(as_completed(waiting, timeout=4), 4))
        assert all(isinstance(answer.exception(), credentials.Overloaded) for answer in refused)
        ours = pool.submit(credentials.find, secret_format.generate()[0], [])
        held.go.set()
        assert ours.result() is None
