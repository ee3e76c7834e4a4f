"""JWT access tokens (RFC 9068): what they say, who verifies them, and that they are introspected and revoked alike."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from accounts import server_settings
from clients.models import Client
from tests.tokens.registry import Answer, forget_everything, make_catalogue, make_client, post
from tokens import jwt_format
from tokens.formats import looks_issued
from tokens.models import AccessToken
from tokens.signing_keys.ring import ring

ASK = {"grant_type": "client_credentials"}
ISSUER = settings.AUTHSERVER.issuer


@pytest.fixture(autouse=True)
def registry(db: None) -> None:
    forget_everything()
    make_catalogue()


def jwt_client(client_id: str = "service", **fields: Any) -> tuple[Client, str]:
    return make_client(client_id, token_format="jwt", **fields)


def ask(service: tuple[Client, str], **form: str) -> Answer:
    return post("/token", {**ASK, **form}, client_id=service[0].client_id, secret=service[1])


def introspect(service: tuple[Client, str], token: str) -> dict[str, Any]:
    return post("/introspect", {"token": token}, client_id=service[0].client_id, secret=service[1]).body


def keys() -> KeySet:
    """As a resource server fetches them."""
    return KeySet.import_key_set(published())


def published() -> Any:
    return ring(server_settings.current().policy_version).key_set()


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_rfc9068_it_says_what_the_standard_asks_and_verifies_by_the_key_set(algorithm: str) -> None:
    """§2.1 typ, §2.2 claims; the default signature is ES256."""
    service = jwt_client(access_token_signed_response_alg=algorithm)
    answer = ask(service, scope="orders.read").body
    token = jwt.decode(answer["access_token"], keys(), algorithms=[algorithm])
    assert (token.header["typ"], token.header["alg"]) == ("at+jwt", algorithm)
    claims = token.claims
    assert claims["exp"] - claims["iat"] == answer["expires_in"] == 3600
    assert len(claims.pop("jti")) >= 20
    del claims["exp"], claims["iat"]
    assert claims == {
        "iss": ISSUER, "aud": "https://orders.example", "sub": "service", "client_id": "service",
        "scope": "orders.read",
    }  # fmt: skip


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_rfc7515_rfc7517_the_published_numbers_alone_verify_it(algorithm: str) -> None:
    """By no JOSE library: RFC 7515 §5.2, RFC 7518 §3.3 and §3.4."""
    value = ask(jwt_client(access_token_signed_response_alg=algorithm), scope="ping").body["access_token"]
    signed, _, signature = value.rpartition(".")
    header = json.loads(octets(signed.partition(".")[0]))
    jwk = next(key for key in published()["keys"] if key["kid"] == header["kid"])
    assert (jwk["alg"], jwk["use"]) == (algorithm, "sig")
    if algorithm == "RS256":
        rsa_key = rsa.RSAPublicNumbers(e=number(jwk["e"]), n=number(jwk["n"])).public_key()
        rsa_key.verify(octets(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        ec_key = ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), ec.SECP256R1()).public_key()
        halves = (int.from_bytes(octets(signature)[:32]), int.from_bytes(octets(signature)[32:]))
        ec_key.verify(encode_dss_signature(*halves), signed.encode(), ec.ECDSA(hashes.SHA256()))


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text: str) -> int:
    return int.from_bytes(octets(text))


def test_rfc9068_without_an_api_its_audience_is_this_server() -> None:
    """§3: a default resource indicator."""
    value = ask(jwt_client(), scope="ping").body["access_token"]
    assert jwt.decode(value, keys(), algorithms=["ES256"]).claims["aud"] == ISSUER


def test_the_default_signature_is_es256() -> None:
    assert Client().access_token_signed_response_alg == "ES256"
    assert Client().id_token_signed_response_alg == "RS256"


def test_a_changed_token_does_not_verify_and_is_not_introspected() -> None:
    service = jwt_client()
    value = ask(service, scope="ping").body["access_token"]
    head, payload, signature = value.split(".")
    other = ask(service, scope="ping").body["access_token"].split(".")[1]
    assert introspect(service, value)["active"] is True
    for forged in (f"{head}.{other}.{signature}", f"{head}.{payload}.{signature[:-4]}AAAA", f"{head}.{payload}."):
        assert introspect(service, forged) == {"active": False}
        with pytest.raises((BadSignatureError, ValueError)):
            jwt.decode(forged, keys(), algorithms=["ES256"])


def test_introspection_says_what_the_token_says() -> None:
    service = jwt_client()
    value = ask(service, scope="ping").body["access_token"]
    said, claims = introspect(service, value), jwt.decode(value, keys(), algorithms=["ES256"]).claims
    assert {name: said[name] for name in claims} == claims


def test_it_can_be_revoked() -> None:
    service = jwt_client()
    value = ask(service).body["access_token"]
    post("/revoke", {"token": value}, client_id="service", secret=service[1])
    assert introspect(service, value) == {"active": False}


def test_both_ways_issue_it_with_one_statement_once_the_worker_is_warm() -> None:
    service = jwt_client()
    assert looks_issued(ask(service).body["access_token"])
    with CaptureQueriesContext(connection) as queries:
        assert looks_issued(ask(service).body["access_token"])
    assert len(queries) == 1, [query["sql"] for query in queries]
    assert AccessToken.objects.count() == 2


def test_its_value_is_not_stored() -> None:
    value = ask(jwt_client()).body["access_token"]
    row = AccessToken.objects.values().get()
    assert not any(part in str(row) for part in value.split("."))


def test_r28_a_client_whose_tokens_never_end_gets_an_opaque_one_whatever_is_stored() -> None:
    service = jwt_client(access_tokens_never_expire=True)
    assert ask(service).body["access_token"].startswith("asa_")


def test_a_change_of_the_format_counts_at_the_next_request() -> None:
    service = make_client()
    assert ask(service).body["access_token"].startswith("asa_")
    Client.objects.filter(pk=service[0].pk).update(token_format="jwt", revision=2)
    assert jwt_format.looks_signed(ask(service).body["access_token"])


@pytest.mark.parametrize("value", ["eyJ.eyJ.x", "eyJhIjoxfQ.eyJub3QganNvbg.x", "eyJhIjoxfQ.eyJ.AA"])
def test_what_only_looks_like_one_is_inactive(value: str) -> None:
    assert introspect(make_client(), value) == {"active": False}


def test_an_identifier_is_read_from_any_payload_without_failing() -> None:
    for payload in ("eyJ", "eyJhIjoxfQ", "eyJqdGkiOiJ4In0", "W10"):
        assert jwt_format.identifier(f"x.{payload}.y") in ("", "x")
    assert json.dumps(published()).count('"d"') == 0
