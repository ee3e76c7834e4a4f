"""ID tokens that come back as hints: which are ours, whatever their age, and which are not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import OctKey

from tokens import id_token_hints, id_tokens, jwt_format
from tokens.id_token_hints import Hint
from tokens.id_tokens import SignIn
from tokens.jwt_format import Granted
from tokens.signing_keys import pairs
from tokens.signing_keys.pairs import Key
from tokens.signing_keys.ring import Ring

ISSUER = "https://id.example"
NOW = timezone.now()
KEYS = {algorithm: pairs.make(algorithm, state="current", now=NOW) for algorithm in pairs.ALGORITHMS}
FOREIGN = pairs.make("ES256", state="current", now=NOW)
RING = Ring(policy_version=1, keys=tuple(KEYS.values()))


def minted(*, key: Key = KEYS["RS256"], issuer: str = ISSUER, age: timedelta = timedelta()) -> str:
    return id_tokens.mint(SignIn(issuer=issuer, client_id="web", sub="a-person"), key=key, now=NOW - age)


def read(value: str) -> Hint | None:
    return id_token_hints.read(value, ring=RING, issuer=ISSUER)


@pytest.mark.parametrize("algorithm", pairs.ALGORITHMS)
@pytest.mark.parametrize("age", [timedelta(), timedelta(days=400)])
def test_logout_an_id_token_of_ours_says_who_and_to_whom_also_when_it_has_expired(
    algorithm: Any, age: timedelta
) -> None:
    assert read(minted(key=KEYS[algorithm], age=age)) == Hint(sub="a-person", client_id="web")


def test_another_keys_or_another_issuers_token_is_none_of_ours() -> None:
    assert read(minted(key=FOREIGN)) is None
    assert read(minted(issuer="https://elsewhere.example")) is None


def test_an_access_token_is_no_id_token() -> None:
    granted = Granted(issuer=ISSUER, client_id="web", sub="a-person", audiences=("web",), scope="openid")
    value = jwt_format.mint(granted, key=KEYS["ES256"], now=NOW, expires=NOW + timedelta(hours=1))
    assert read(value) is None


def test_a_changed_token_an_unsigned_one_and_a_confused_algorithm_are_refused() -> None:
    head, body, signature = minted().split(".")
    claims = {"iss": ISSUER, "aud": "web", "sub": "somebody-else"}
    symmetric = jwt.encode(
        {"alg": "HS256", "kid": KEYS["RS256"].kid, "typ": "JWT"}, claims, OctKey.generate_key(256), algorithms=["HS256"]
    )
    for value in (f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body}.", symmetric, "", "a.b.c", "é.é.é"):
        assert read(value) is None
