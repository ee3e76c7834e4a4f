"""Keys that a client publishes: kept a while, read again for an unknown one but not too often, let go in the end."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from joserfc.jwk import ECKey

from policies.fetching import NotFetched
from tests.protocol.assertions import claims, public, signed
from tokens import assertions, client_keys
from tokens.client_keys import PublishedKeys

pytestmark = pytest.mark.once
ADDRESS = "https://app.example/keys"
FIRST, SECOND = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("first", "second"))


class Client:
    """A client's little server under a clock that is turned by hand."""

    def __init__(self) -> None:
        self.now, self.reads, self.down = 0.0, 0, False
        self.body = self.set_of(FIRST)
        self.keys = PublishedKeys(reader=self.read, clock=lambda: self.now)

    @staticmethod
    def set_of(*keys: ECKey, more: tuple[object, ...] = ()) -> bytes:
        return json.dumps({"keys": [*(public(key) for key in keys), *more]}).encode()

    def read(self, address: str) -> bytes:
        self.reads += 1
        if self.down:
            raise NotFetched("down")
        return self.body

    def proves(self, key: ECKey) -> bool:
        assertion = assertions.read(signed(claims("a", "https://me.example"), key=key))
        return assertions.signer(assertion, self.keys.for_assertion(assertion, ADDRESS)) is not None


@pytest.fixture
def client() -> Client:
    return Client()


def test_a_set_is_read_once_and_again_when_it_is_no_longer_fresh(client: Client) -> None:
    assert [client.proves(FIRST) for _ in range(5)] == [True] * 5
    assert client.reads == 1
    client.now = client_keys.FRESH
    assert client.proves(FIRST)
    assert client.reads == 2


def test_a_new_key_is_noticed_and_strangers_cause_few_readings(client: Client) -> None:
    assert client.proves(FIRST)
    client.body = client.set_of(FIRST, SECOND)
    assert not client.proves(SECOND)  # it was read a moment ago
    client.now = client_keys.SOONEST
    assert client.proves(SECOND)
    reads = client.reads
    assert not any(client.proves(ECKey.generate_key("P-256", {"kid": str(n)})) for n in range(20))
    assert client.reads == reads


def test_a_removed_key_ends_with_the_next_reading(client: Client) -> None:
    assert client.proves(FIRST)
    client.body, client.now = client.set_of(SECOND), client_keys.FRESH
    assert not client.proves(FIRST)


def test_what_was_read_outlives_a_failure_for_a_while(client: Client) -> None:
    assert client.proves(FIRST)
    client.down = True
    for client.now in (client_keys.FRESH, client_keys.KEPT - 1):
        assert client.proves(FIRST)
    client.now = client_keys.KEPT
    assert not client.proves(FIRST)
    assert client.reads < 6


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys": 1}', b"\xff", b'{"keys": ' + b"[" * 5000])
def test_what_is_no_set_leaves_what_was_known(client: Client, body: bytes) -> None:
    assert client.proves(FIRST)
    client.body, client.now = body, client_keys.FRESH
    assert client.proves(FIRST)


def test_of_a_published_set_only_sound_public_keys_count(client: Client) -> None:
    private = SECOND.as_dict(private=True)
    client.body = client.set_of(FIRST, more=({"kty": "oct", "k": "x"}, private, 7, {"kty": "OKP"}, {}))
    assert client.proves(FIRST)
    client.now = client_keys.SOONEST
    assert not client.proves(SECOND)


def test_few_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr(client_keys, "MOST", 3)
    assertion = assertions.read(signed(claims("a", "https://me.example"), key=FIRST))
    ask: Callable[[int], object] = lambda n: client.keys.for_assertion(assertion, f"{ADDRESS}/{n}")  # noqa: E731
    for number in (0, 1, 2, 3, 0):
        ask(number)
    assert client.reads == 5
