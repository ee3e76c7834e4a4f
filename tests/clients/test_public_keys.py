"""R25: which keys a client may register, each refusal by name; and an address where it may publish them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from clients.facts import ClientFacts
from clients.rules import public_keys
from clients.rules.validation import Circumstances, keys

pytestmark = pytest.mark.once

EC = ECKey.generate_key("P-256").as_dict(private=False)
RSA = RSAKey.generate_key(2048).as_dict(private=False)
PRIVATE = ECKey.generate_key("P-256").as_dict(private=True)


def refused(*members: Any) -> list[str]:
    return list(public_keys.faults(tuple(json.dumps(one) for one in members)))


@pytest.mark.parametrize(
    "key",
    [EC, RSA, {**EC, "kid": "a", "alg": "ES256", "use": "sig"}, {**RSA, "alg": "PS256", "key_ops": ["verify"]},
     {**RSA, "alg": "RS256", "x5t": "whatever", "exp": 1}],
)  # fmt: skip
def test_a_sound_public_key_is_taken(key: dict[str, Any]) -> None:
    assert refused(key) == []
    one = public_keys.read_key(json.dumps(key))
    made_of: dict[str, Any] = {name: key[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in key}
    assert one.thumbprint == import_key(made_of).thumbprint()
    assert one.algorithm == key.get("alg", {"EC": "ES256", "RSA": "RS256"}[key["kty"]])


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (PRIVATE, "private key: it holds d"),
        (RSAKey.generate_key(2048).as_dict(private=True), "private key: it holds d, p, q"),
        ({"kty": "oct", "k": "c2VjcmV0"}, "symmetric key"),
        (OKPKey.generate_key("Ed25519").as_dict(private=False), "kty must be EC or RSA"),
        ({}, "kty must be EC or RSA"),
        ({"kty": ["EC"]}, "kty must be EC or RSA"),
        (ECKey.generate_key("P-384").as_dict(private=False), "crv must be P-256"),
        ({**EC, "y": EC["x"]}, "not those of a public key"),
        ({**EC, "x": 5}, "not those of a public key"),
        ({"kty": "RSA", "n": "", "e": "AQAB"}, "not those of a public key"),
        ({"kty": "RSA", "n": "!", "e": "AQAB"}, "not those of a public key"),
        ({**RSA, "n": RSA["n"][:200]}, "2048 to 4096 bits"),
        ({**RSA, "n": RSA["n"] * 3}, "2048 to 4096 bits"),
        ({**RSA, "e": "Aw"}, "exponent"),
        ({**EC, "alg": "RS256"}, "alg must be ES256"),
        ({**RSA, "alg": "HS256"}, "alg must be RS256 or PS256"),
        ({**RSA, "alg": "none"}, "alg must be RS256 or PS256"),
        ({**RSA, "use": "enc"}, "not for verifying"),
        ({**RSA, "key_ops": ["encrypt"]}, "not for verifying"),
        ({**EC, "kid": 7}, "kid is text"),
        ({**EC, "kid": "x" * 256}, "kid is text"),
        ({**EC, "kid": "a\nb"}, "kid is text"),
        ({**EC, "kid": "\x00"}, "NUL"),
        ({**EC, "more": "\ud800"}, "surrogate"),
        ({**EC, "more": "x" * 5_000}, "at most 4000 characters"),
    ],
)
def test_a_key_that_is_not_a_sound_public_one_is_refused_by_name(key: dict[str, Any], words: str) -> None:
    (message,) = refused({**EC, "kid": "first"} if key.get("kty") != "EC" else RSA, key)
    assert message.startswith("Key 2")
    assert words in message
    assert all(str(key[name]) not in message for name in public_keys.PRIVATE if name in key)
    assert public_keys.sound([json.dumps(key)]) == ()


def test_a_set_holds_each_key_and_each_kid_once_and_few_of_them() -> None:
    assert "twice" in refused(EC, {**EC, "kid": "b"})[0]
    assert "its own" in refused({**EC, "kid": "a"}, {**RSA, "kid": "a"})[0]
    several = [{**ECKey.generate_key("P-256").as_dict(private=False), "kid": str(n)} for n in range(11)]
    assert refused(*several[:10]) == []
    assert "at most 10" in refused(*several)[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [("hello", "not a JWK Set"), ("[]", "not a JWK Set"), ('{"keys": 1}', "kty"), ('{"keys": [7]}', "not a JWK Set"),
     ("-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----", "private key"),
     ('{"keys": [{"kty": "EC", "kty": "RSA"}]}', "not a JWK Set")],
)  # fmt: skip
def test_a_text_that_is_no_set_of_keys_says_so(text: str, words: str) -> None:
    assert words in next(public_keys.faults(public_keys.lines_of(text)))


def test_text_document_and_lines_say_the_same() -> None:
    lines = public_keys.kept(public_keys.lines_of(json.dumps({"keys": [EC, RSA, EC]})))
    assert len(lines) == 2
    assert public_keys.lines_of(public_keys.text_of(lines)) == lines
    assert public_keys.from_document(public_keys.document_of(lines)) == lines
    assert public_keys.kept(public_keys.lines_of(json.dumps(EC))) == lines[:1]
    assert (public_keys.lines_of("  "), public_keys.text_of(()), public_keys.document_of(())) == ((), "", None)


@pytest.mark.parametrize(
    ("uri", "loopback", "words"),
    [
        ("https://app.example/jwks.json", False, ""),
        ("https://app.example:8443/keys?v=1", False, ""),
        ("http://127.0.0.1:9000/keys", True, ""),
        ("http://127.0.0.1:9000/keys", False, "over https"),
        ("https://127.0.0.1/keys", False, "itself"),
        ("https://[::1]/keys", False, "itself"),
        ("http://app.example/keys", True, "over https"),
        ("ftp://app.example/keys", False, "over https"),
        ("https://me:pw@app.example/keys", False, "user name"),
        ("https://app.example/keys#a", False, "fragment"),
        ("https:///keys", False, "absolute"),
        ("/keys", False, "absolute"),
        ("https://app.example:99999/", False, "not a URL"),
        ("https://äpp.example/", False, "ASCII"),
        ("https://app.example/a b", False, "ASCII"),
        ("https://app.example/\r\nHost: x", False, "Remove"),
        ("https://app.example/" + "x" * 2000, False, "at most 2000"),
    ],
)
def test_an_address_of_keys_is_https_and_elsewhere(uri: str, loopback: bool, words: str) -> None:
    fault = public_keys.address_fault(uri, loopback=loopback)
    assert (fault is None) if not words else (fault is not None and words in fault), fault


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"client_jwks": (json.dumps(EC),)}, []),
        ({"client_jwks_uri": "https://app.example/keys"}, []),
        ({}, [("client_jwks", "required")]),
        ({"client_jwks": (json.dumps(EC),), "client_jwks_uri": "https://a.example/"},
         [("client_jwks_uri", "keys-twice")]),
        ({"type": "public", "token_endpoint_auth_method": "none", "client_jwks": (json.dumps(EC),)},
         [("client_jwks", "keys-of-public")]),
    ],
)  # fmt: skip
def test_private_key_jwt_needs_keys_of_one_source(facts: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    one = ClientFacts(**{"name": "a", "token_endpoint_auth_method": "private_key_jwt", **facts})
    assert [(fault.field, fault.code) for fault in keys(one, Circumstances())] == expected
