"""R58 with the running server: asked by introspection, and read by its keys."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.protocol.caller import Caller
from tests.protocol.conftest import SECRETS, as_client
from tests.resource_server.little_server import answering, http_answer
from tokens.resource_server import Introspection, ResourceServer, SignedTokens, Token, Unavailable

ORDERS = "https://orders.example"


def asking(machine: Caller, **options: Any) -> Introspection:
    endpoint = f"http://{machine.host}:{machine.port}/introspect"
    return Introspection(endpoint, client_id="reader", client_secret=SECRETS["reader"], **options)


def test_r58_a_token_is_known_with_its_client_scope_and_audience(machine: Caller) -> None:
    token = asking(machine).verify(machine.token(scope="orders.read ping"))
    assert token is not None
    assert (token.client_id, token.subject, token.username) == ("service", "service", "service")
    assert (token.scope, token.audience) == (frozenset({"orders.read", "ping"}), frozenset({ORDERS}))
    assert token.expires is not None
    assert token.expires > time.time()


def test_r55_a_client_discovers_the_scope_that_it_needs(machine: Caller) -> None:
    """Call without scope, read the challenge, ask for that scope, succeed."""
    server = ResourceServer(verifier=asking(machine), realm="orders")
    refused = server.decide(f"Bearer {machine.token(scope='ping')}", "orders.read")
    challenge = dict(refused.headers)["WWW-Authenticate"]  # type: ignore[union-attr]
    needed = challenge.partition('scope="')[2].partition('"')[0]
    assert isinstance(server.decide(f"Bearer {machine.token(scope=needed)}", "orders.read"), Token)


def test_r58_a_revocation_holds_when_the_memory_has_ended(machine: Caller) -> None:
    value = machine.token(scope="orders.read")
    remembering, asking_each_time = asking(machine, remember=0.5), asking(machine, remember=0)
    assert remembering.verify(value)
    assert asking_each_time.verify(value)
    machine.post("/revoke", {"token": value})
    assert asking_each_time.verify(value) is None
    time.sleep(0.6)
    assert remembering.verify(value) is None


@pytest.mark.parametrize("value", ["rubbish", "asa_" + "0" * 52, "a.b.c"])
def test_what_is_no_token_of_the_server_does_not_hold(machine: Caller, value: str) -> None:
    assert asking(machine).verify(value) is None


def test_wrong_credentials_and_a_server_that_is_away_are_no_answer(machine: Caller) -> None:
    endpoint = f"http://{machine.host}:{machine.port}/introspect"
    value = machine.token()
    with pytest.raises(Unavailable):
        Introspection(endpoint, client_id="reader", client_secret="wrong").verify(value)
    with pytest.raises(Unavailable):
        Introspection("http://127.0.0.1:9/introspect", client_id="a", client_secret="b").verify(value)


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(b"not json"),
        http_answer(b"[true]"),
        http_answer(b'{"active": true, "pad": "' + b"x" * 70_000 + b'"}'),
        http_answer(b'{"active": true}', status="302 Found", headers="Location: http://127.0.0.1:9/\r\n"),
        http_answer(b'{"active": true}', status="500 Internal Server Error"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"nonsense\r\n\r\n",
    ],
)
def test_an_answer_that_is_not_as_the_standard_says_lets_nobody_in(answer: bytes) -> None:
    with answering(answer) as endpoint, pytest.raises(Unavailable):
        Introspection(endpoint, client_id="a", client_secret="b", timeout=2).verify("token")


@pytest.mark.parametrize("active", [b'"true"', b"1", b"null", b"{}"])
def test_only_true_means_active(active: bytes) -> None:
    with answering(http_answer(b'{"active": ' + active + b', "scope": "a"}')) as endpoint:
        assert Introspection(endpoint, client_id="a", client_secret="b").verify("token") is None


def test_the_memory_of_tokens_spares_the_server(machine: Caller) -> None:
    """The second look at a token needs no server at all."""
    body = b'{"active": true, "client_id": "shop", "scope": "a"}'
    with answering(http_answer(body)) as endpoint:
        verifier = Introspection(endpoint, client_id="a", client_secret="b", remember=60)
        first, second = verifier.verify("token"), verifier.verify("token")
    assert first == second is not None


def test_r58_a_jwt_is_read_by_the_published_keys(machine: Caller) -> None:
    issuer = machine.send("GET", "/.well-known/oauth-authorization-server").json["issuer"]
    keys = f"http://{machine.host}:{machine.port}/jwks"
    value = machine.token(scope="orders.read", authorization=as_client("signer"))
    token = SignedTokens(issuer, audience=ORDERS, jwks_uri=keys).verify(value)
    assert token is not None
    assert (token.client_id, token.scope) == ("signer", frozenset({"orders.read"}))
    assert SignedTokens(issuer, audience="https://closed.example", jwks_uri=keys).verify(value) is None
    assert SignedTokens("https://elsewhere.example", audience=ORDERS, jwks_uri=keys).verify(value) is None
