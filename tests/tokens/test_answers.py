"""What the machine endpoints say, by their rules alone: introspection, metadata, errors. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from authserver.machine_addresses import MACHINE_ADDRESSES
from tokens import introspection
from tokens.errors import error_body, invalid_client, invalid_token
from tokens.formats import new_opaque_token, stored_hash, token_id
from tokens.hot_path import StoredToken
from tokens.metadata import openid_configuration, server_metadata

pytestmark = pytest.mark.once
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ISSUER, ORDERS, MAIL = "https://auth.example", "https://orders.example", "https://mail.example"
TOKEN = StoredToken(
    pk=1,
    scope="orders.read",
    audiences=(ORDERS, MAIL),
    created=NOW - timedelta(minutes=1),
    expires=NOW + timedelta(seconds=1),
    revoked=False,
    client_pk=1,
    client_id="service",
    client_holds=True,
    username="service",
    sub="service",
    user_holds=True,
    namespaces=(),
)


def answer(token: StoredToken | None, *, introspects: frozenset[str] = frozenset({ORDERS})) -> dict[str, Any]:
    return introspection.answer(token, jti="x", introspects=introspects, issuer=ISSUER, now=NOW)


@pytest.mark.parametrize(
    ("change", "active"),
    [
        ({}, True),
        ({"expires": None}, True),
        ({"audiences": ()}, True),
        ({"audiences": (MAIL,)}, False),
        ({"expires": NOW}, False),
        ({"expires": NOW - timedelta(days=1)}, False),
        ({"revoked": True}, False),
        ({"revoked": True, "expires": None}, False),
        ({"client_holds": False}, False),
        ({"user_holds": False}, False),
    ],
)
def test_rfc7662_a_token_is_active_only_while_every_part_of_it_holds(change: dict[str, Any], active: bool) -> None:
    """§4: the server MUST determine whether or not the token is active by all checks that apply."""
    said = answer(replace(TOKEN, **change))
    assert said["active"] is active
    if not active:
        assert said == {"active": False}


def test_rfc7662_no_token_is_answered_like_an_inactive_one() -> None:
    assert answer(None) == {"active": False}
    assert answer(TOKEN, introspects=frozenset()) == {"active": False}


def test_rfc7662_members_are_of_the_types_that_the_standard_gives_them() -> None:
    said = answer(TOKEN)
    assert (said["iat"], said["exp"]) == (int(NOW.timestamp()) - 60, int(NOW.timestamp()) + 1)
    assert said["aud"] == [ORDERS, MAIL]
    assert answer(replace(TOKEN, audiences=(ORDERS,)))["aud"] == ORDERS
    assert answer(replace(TOKEN, audiences=()))["aud"] == said["iss"] == ISSUER
    assert "exp" not in answer(replace(TOKEN, expires=None))
    assert said["token_type"] == "Bearer"


def test_rfc7662_the_identifier_of_a_token_tells_nothing_of_its_value() -> None:
    value = new_opaque_token(None)
    assert token_id(value) == token_id(value) != token_id(new_opaque_token(None))
    assert value not in token_id(value)
    assert token_id(value) not in value + stored_hash(value).hex()


def test_rfc8414_the_members_that_the_standard_requires_are_there() -> None:
    """§2; §3.3: the issuer MUST be identical to the one whose metadata was asked for."""
    said = server_metadata(issuer=ISSUER, scopes=["ping"])
    assert said["issuer"] == ISSUER
    assert said["response_types_supported"] == ["code"]
    assert said["token_endpoint"] == ISSUER + "/token"


def test_rfc8414_everything_announced_answers_and_nothing_else_is_announced() -> None:
    said = openid_configuration(issuer=ISSUER, scopes=[])
    assert server_metadata(issuer=ISSUER, scopes=[]).items() <= said.items()
    urls = [value for key, value in said.items() if key.endswith(("_endpoint", "_uri"))]
    assert len(urls) == 8
    pages = {"/authorize", "/end_session"}
    assert all(url.startswith(ISSUER + "/") and urlsplit(url).path in {*MACHINE_ADDRESSES, *pages} for url in urls)
    announced = {url.removeprefix(ISSUER) for url in urls}
    assert set(MACHINE_ADDRESSES) - announced == {
        "/check",
        "/register",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/healthz/live",
        "/healthz/ready",
    }


def test_rfc8414_registration_is_announced_while_it_is_on() -> None:
    said = openid_configuration(issuer=ISSUER, scopes=[], registers=True)
    assert said["registration_endpoint"] == ISSUER + "/register"
    assert "/register" in MACHINE_ADDRESSES


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\x00b", "a\r\nb", "é", "\u202e", "a\x7fb"])
def test_rfc6749_an_error_description_holds_no_character_that_it_may_not(text: str) -> None:
    """§5.2: characters outside the set %x20-21 / %x23-5B / %x5D-7E MUST NOT be included."""
    said = error_body("invalid_request", text, "ref")["error_description"]
    assert all(c == " " or ("!" <= c <= "~" and c not in '"\\') for c in said)


def test_rfc6749_rfc7617_rfc6750_a_401_names_its_scheme() -> None:
    basic, bearer = invalid_client("why"), invalid_token("why")
    assert (basic.status, bearer.status) == (401, 401)
    assert basic.headers["WWW-Authenticate"] == 'Basic realm="authserver", charset="UTF-8"'
    assert bearer.headers["WWW-Authenticate"] == 'Bearer realm="authserver", error="invalid_token"'
    assert "why" not in basic.description + bearer.description
