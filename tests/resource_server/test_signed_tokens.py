"""RFC 9068 §4: which JWTs an API takes, by keys that are read over HTTP, with the clock turned by hand."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.resource_server.little_server import answering, http_answer
from tokens.resource_server import SignedTokens, Token, Unavailable

ISSUER, ORDERS = "https://id.example", "https://orders.example"
KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
SECOND = ECKey.generate_key("P-256", {"kid": "two", "use": "sig", "alg": "ES256"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"})
CLAIMS: dict[str, Any] = {
    "iss": ISSUER, "aud": ORDERS, "exp": 2000, "iat": 1000, "jti": "a", "sub": "shop", "client_id": "shop",
    "scope": "orders.read",
}  # fmt: skip


class Clock:
    def __init__(self, now: float = 1500) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def published(*keys: Any) -> bytes:
    return http_answer(json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode())


def signed(claims: dict[str, Any], *, key: Any = KEY, alg: str = "ES256", typ: str | None = "at+jwt") -> str:
    header = {"alg": alg, "kid": key.kid} | ({"typ": typ} if typ is not None else {})
    return jwt.encode(header, claims, key, algorithms=[alg])


def looked_at(value: str, *, now: float = 1500) -> Token | None:
    with answering(published(KEY, RSA)) as address:
        return SignedTokens(ISSUER, audience=ORDERS, jwks_uri=address, clock=Clock(now)).verify(value)


@pytest.mark.parametrize(
    "value",
    [
        signed(CLAIMS),
        signed(CLAIMS, key=RSA, alg="RS256"),
        signed(CLAIMS, typ="AT+JWT"),
        signed(CLAIMS, typ="application/at+jwt"),
        signed({**CLAIMS, "aud": ["https://else.example", ORDERS]}),
        signed({**CLAIMS, "nbf": 1500}),
    ],
)
def test_r58_a_token_that_is_ours_holds(value: str) -> None:
    token = looked_at(value)
    assert token is not None
    assert (token.client_id, token.scope, token.expires) == ("shop", frozenset({"orders.read"}), 2000)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": [ISSUER]},
        {"aud": "https://else.example"},
        {"aud": []},
        {"aud": {ORDERS: True}},
        {"exp": 1490},
        {"exp": "never"},
        {"exp": True},
        {"nbf": 1600},
        {"nbf": "soon"},
    ],
)
def test_a_token_whose_claims_do_not_hold_is_refused(change: dict[str, Any]) -> None:
    assert looked_at(signed({**CLAIMS, **change})) is None


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "sub", "client_id", "iat", "jti"])
def test_rfc9068_a_token_that_lacks_a_required_claim_is_refused(claim: str) -> None:
    assert looked_at(signed({name: value for name, value in CLAIMS.items() if name != claim})) is None


def by_hmac(secret: bytes) -> str:
    header = {"alg": "HS256", "kid": "rsa", "typ": "at+jwt"}
    said = ".".join(encoded(json.dumps(part).encode()) for part in (header, CLAIMS))
    return f"{said}.{encoded(hmac.digest(secret, said.encode(), 'sha256'))}"


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()


@pytest.mark.parametrize("typ", [None, "JWT", "id_token", "at+jwt "])
def test_rfc9068_an_id_token_or_any_other_jwt_is_no_access_token(typ: str | None) -> None:
    assert looked_at(signed(CLAIMS, typ=typ)) is None


def test_a_signature_by_another_key_or_by_none_is_refused() -> None:
    forged = ECKey.generate_key("P-256", {"kid": "one"})
    unsigned = signed(CLAIMS).rpartition(".")[0] + "."
    none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + signed(CLAIMS).split(".")[1] + "."
    confused = by_hmac(RSA.as_pem(private=False))  # the old trick: the public key as the secret
    for value in (signed(CLAIMS, key=forged), unsigned, none, confused):
        assert looked_at(value) is None


@pytest.mark.parametrize("value", ["", "a.b", "a.b.c", "..", "é.é.é", "asa_0123"])
def test_what_is_no_jwt_is_refused_without_a_look_at_the_keys_that_could_fail(value: str) -> None:
    assert looked_at("." + value if value.count(".") == 2 else value) is None


def test_a_token_ends_by_the_clock_with_a_little_leeway() -> None:
    value = signed(CLAIMS)
    assert looked_at(value, now=2004) is not None
    assert looked_at(value, now=2005) is None


def test_a_key_that_is_new_is_found_and_unknown_ones_do_not_make_it_ask_again_and_again() -> None:
    clock = Clock()
    with answering(published(KEY), published(KEY, SECOND)) as address:
        verifier = SignedTokens(ISSUER, audience=ORDERS, jwks_uri=address, soonest=10, clock=clock)
        assert verifier.verify(signed(CLAIMS)) is not None
        assert verifier.verify(signed(CLAIMS, key=SECOND)) is None  # too soon to ask again
        clock.now += 11
        assert verifier.verify(signed(CLAIMS, key=SECOND)) is not None


def test_known_keys_outlive_an_outage_and_none_at_all_is_no_answer() -> None:
    clock = Clock()
    with answering(published(KEY), http_answer(b"down", status="500 Internal Server Error")) as address:
        verifier = SignedTokens(ISSUER, audience=ORDERS, jwks_uri=address, refresh=100, clock=clock)
        assert verifier.verify(signed(CLAIMS)) is not None
        clock.now += 101
        assert verifier.verify(signed(CLAIMS)) is not None
    with pytest.raises(Unavailable):
        SignedTokens(ISSUER, audience=ORDERS, jwks_uri="http://127.0.0.1:9/jwks").verify(signed(CLAIMS))
