"""R54, R55: what every door answers, whoever says whether the token holds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import MutableMapping
from typing import Any

import pytest

from tests.resource_server.doors import DOORS, Door, run
from tokens.resource_server import ResourceServer, Token, Unavailable, asgi
from tokens.resource_server.token import token_from

ORDERS = "https://orders.example"
MEMBERS = {"active": True, "client_id": "shop", "sub": "shop", "scope": "orders.read ping", "aud": ORDERS}


class Known:
    """A verifier that knows two tokens, and one that nobody can speak for."""

    def verify(self, value: str) -> Token | None:
        if value == "away":
            raise Unavailable
        assert len(value) <= 8192, "Nobody is asked about a value of any length."
        return token_from(MEMBERS) if value == "good" else None


SERVER = ResourceServer(verifier=Known(), audience=ORDERS, realm='the "orders"')


@pytest.fixture(params=list(DOORS))
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


@pytest.mark.parametrize("needed", [(), ("orders.read",)])
@pytest.mark.parametrize("authorization", [None, "", "Basic c2hvcDpzZWNyZXQ="])
def test_r54_without_a_token_the_challenge_names_no_error(
    door: Door, authorization: str | None, needed: tuple[str, ...]
) -> None:
    """An unscoped resource needs a token too."""
    answer = door(SERVER, authorization, *needed)
    assert (answer.status, answer.challenge, answer.said) == (401, 'Bearer realm="the \\"orders\\""', {})


@pytest.mark.parametrize("authorization", ["Bearer bad", "bearer bad", "Bearer " + "a" * 9000])
def test_r54_a_token_that_does_not_hold_is_invalid(door: Door, authorization: str) -> None:
    answer = door(SERVER, authorization, "orders.read")
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.challenge
    assert answer.said["error"] == "invalid_token"


def test_r54_a_token_for_another_audience_is_invalid(door: Door) -> None:
    elsewhere = ResourceServer(verifier=Known(), audience="https://invoices.example")
    assert 'error="invalid_token"' in door(elsewhere, "Bearer good", "orders.read").challenge


def test_r54_r55_a_scope_that_is_missing_is_named_so_that_a_client_can_ask_for_it(door: Door) -> None:
    answer = door(SERVER, "Bearer good", "orders.read", "orders.write")
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.challenge
    assert 'scope="orders.read orders.write"' in answer.challenge
    assert answer.said["error"] == "insufficient_scope"


@pytest.mark.parametrize("needed", [(), ("orders.read",), ("orders.read", "ping")])
@pytest.mark.parametrize("authorization", ["Bearer good", "bearer good", "BEARER  good"])
def test_r54_a_token_with_the_scope_is_let_in(door: Door, authorization: str, needed: tuple[str, ...]) -> None:
    answer = door(SERVER, authorization, *needed)
    assert (answer.status, answer.said) == (200, {"sub": "shop"})


@pytest.mark.parametrize("value", ["", "two words", "good, Bearer good", "é", "good\x00"])
def test_a_header_that_holds_no_bearer_token_is_a_bad_request(door: Door, value: str) -> None:
    answer = door(SERVER, f"Bearer {value}", "orders.read")
    assert answer.status == 400
    assert 'error="invalid_request"' in answer.challenge


def test_what_nobody_can_say_is_not_served(door: Door) -> None:
    answer = door(SERVER, "Bearer away", "orders.read")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert "www-authenticate" not in answer.headers


def test_a_socket_is_closed_before_it_is_accepted_and_other_messages_pass() -> None:
    sent: list[MutableMapping[str, Any]] = []
    reached: list[str] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["type"])

    guarded = asgi.RequireScope(application, SERVER, "orders.read")
    for kind in ("websocket", "lifespan"):
        run(guarded({"type": kind, "headers": []}, None, send))  # type: ignore[arg-type]
    assert ([message["type"] for message in sent], reached) == (["websocket.close"], ["lifespan"])


@pytest.mark.once
def test_r58_it_stands_by_itself() -> None:
    """No Django, and nothing of the server, comes with it."""
    program = """
import sys
import tokens.resource_server, tokens.resource_server.wsgi, tokens.resource_server.asgi
foreign = ("django", "authserver", "policies", "clients", "accounts", "audit")
rooms = [name for name in sys.modules if name.startswith("tokens.") and not name.startswith("tokens.resource_server")]
print(sorted(rooms + [name for name in sys.modules if name.partition(".")[0] in foreign]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
