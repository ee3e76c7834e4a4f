"""R25: clients that sign what they authenticate with (RFC 7523 §3, OpenID Connect Core §9), over HTTP."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.protocol.assertions import KEYS, TYPE, ask, claims, form_of, public, signed
from tests.protocol.caller import Caller, basic

pytestmark = pytest.mark.once


@pytest.fixture
def issuer(machine: Caller) -> str:
    return str(machine.send("GET", "/.well-known/oauth-authorization-server").json["issuer"])


@pytest.fixture
def good(issuer: str) -> Callable[..., dict[str, Any]]:
    """The claims of an assertion that holds, with others in the place of some."""
    return lambda **others: claims("keys", issuer, **others)


@pytest.mark.parametrize("algorithm", list(KEYS))
def test_r25_each_listed_algorithm_proves_the_client(
    machine: Caller, good: Callable[..., dict[str, Any]], algorithm: str
) -> None:
    response = ask(machine, signed(good(), by=algorithm), scope="ping")
    assert (response.status, response.json.get("scope")) == (200, "ping"), response.text
    without_kid = ask(machine, signed(good(), by=algorithm, kid=None))
    assert without_kid.status == 200, without_kid.text


def test_r25_it_proves_the_client_at_every_authenticated_endpoint(
    machine: Caller, good: Callable[..., dict[str, Any]], issuer: str
) -> None:
    token = ask(machine, signed(good(aud=f"{issuer}/token"))).json["access_token"]
    seen = ask(machine, signed(good()), "/introspect", token=token)
    assert (seen.json["active"], seen.json["client_id"]) == (True, "keys")
    device = ask(machine, signed(good()), "/device_authorization", client_id="keys")
    assert device.status == 200, device.text
    poll = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": device.json["device_code"]}
    waiting = machine.post("/token", form_of(signed(good()), **poll), authorization="")
    assert waiting.error == "authorization_pending"
    assert ask(machine, signed(good()), "/revoke", token=token).status == 200
    assert ask(machine, signed(good()), "/introspect", token=token).json == {"active": False}


def test_r25_authlib_proves_itself_by_its_key(machine: Caller) -> None:
    url = f"http://{machine.host}:{machine.port}"
    pem = KEYS["RS256"].as_pem(private=True)
    with OAuth2Session("keys", pem, scope="ping", token_endpoint_auth_method="private_key_jwt") as session:
        session.register_client_auth_method(PrivateKeyJWT(f"{url}/token", headers={"kid": "rsa-1"}))
        token: dict[str, Any] = session.fetch_token(f"{url}/token", grant_type="client_credentials")
        assert (token["token_type"], token["scope"]) == ("Bearer", "ping")
        again: dict[str, Any] = session.fetch_token(f"{url}/token", grant_type="client_credentials")
        assert again["access_token"] != token["access_token"]


def test_r25_one_assertion_is_used_once(machine: Caller, good: Callable[..., dict[str, Any]]) -> None:
    said = good()
    assert ask(machine, signed(said)).status == 200
    for path in ("/token", "/introspect", "/revoke", "/device_authorization"):
        replayed = ask(machine, signed(said), path)
        assert (replayed.status, replayed.error) == (401, "invalid_client"), path
    # The same jti in another assertion is a replay too; another client's same jti is not.
    assert ask(machine, signed(good(jti=said["jti"]), by="RS256")).status == 401


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _unsigned(said: dict[str, Any]) -> str:
    return f"{_encoded({'alg': 'none'})}.{_encoded(said)}."


def _confused(said: dict[str, Any]) -> str:
    """RFC 8725 §2.1: the public key, which everybody has, taken for a symmetric one."""
    text = f"{_encoded({'alg': 'HS256', 'kid': 'rsa-1'})}.{_encoded(said)}"
    mac = hmac.digest(KEYS["RS256"].as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _with_own_key(said: dict[str, Any]) -> str:
    """RFC 8725 §3.10: a key that the header brings along."""
    key = ECKey.generate_key("P-256", {"kid": "ec-1"})
    return signed(said, key=key, jwk=public(key), jku="https://evil.example/jwks", kid=None)


def _cut(said: dict[str, Any]) -> str:
    return signed(said).rpartition(".")[0] + "."


def _altered(said: dict[str, Any]) -> str:
    head, _, signature = signed({**said, "aud": "https://other.example"}).split(".")
    return f"{head}.{_encoded(said)}.{signature}"


NOW = int(time.time())
BAD_CLAIMS: dict[str, dict[str, Any]] = {
    "aud of another server": {"aud": "https://other.example"},
    "aud in a list": {"aud": ["ISSUER"]},
    "aud in a list with another server": {"aud": ["https://other.example", "ISSUER"]},
    "aud with a slash": {"aud": "ISSUER/"},
    "aud of another endpoint": {"aud": "ISSUER/introspect"},
    "no aud": {"aud": None},
    "no exp": {"exp": None},
    "exp as text": {"exp": str(NOW + 60)},
    "exp of true": {"exp": True},
    "exp beyond all calendars": {"exp": 10**30},
    "expired": {"exp": NOW - 90, "iat": NOW - 120},
    "living too long": {"exp": NOW + 7200},
    "not yet": {"nbf": NOW + 86_400},
    "made in the future": {"iat": NOW + 86_400},
    "made long ago": {"iat": NOW - 7200},
    "no jti": {"jti": None},
    "empty jti": {"jti": ""},
    "jti of a number": {"jti": 7},
    "jti too long": {"jti": "x" * 256},
    "iss of another": {"iss": "service"},
    "no iss": {"iss": None},
    "sub of another": {"sub": "service"},
    "sub as a list": {"sub": ["keys"], "iss": ["keys"]},
    "unknown client": {"sub": "nobody-knows-it", "iss": "nobody-knows-it"},
    "client of a secret": {"sub": "service", "iss": "service"},
    "public client": {"sub": "phone", "iss": "phone"},
    "sub of NUL": {"sub": "\x00", "iss": "\x00"},
}
HALF = "\ud800"
CRITICAL = {"alg": "ES256", "crit": ["b64"], "b64": False}
BAD_SIGNATURES: dict[str, Callable[[dict[str, Any]], str]] = {
    "alg none": _unsigned,
    "alg none in capitals": lambda said: _unsigned(said).replace(_encoded({"alg": "none"}), _encoded({"alg": "NONE"})),
    "confused with HS256": _confused,
    "a key of its own": _with_own_key,
    "no signature": _cut,
    "other claims": _altered,
    "another key": lambda said: signed(said, key=ECKey.generate_key("P-256", {"kid": "ec-1"})),
    "another kid": lambda said: signed(said, kid="rsa-1"),
    "an unknown kid": lambda said: signed(said, kid="../../dev/null"),
    "kid of a number": lambda said: f"{_encoded({'alg': 'ES256', 'kid': 1})}.{_encoded(said)}.AA",
    "an RSA key for another algorithm": lambda said: signed(said, by="PS256", key=KEYS["RS256"]),
    "an algorithm that is not listed": lambda said: jwt.encode(
        {"alg": "RS512", "kid": "rsa-1"}, said, KEYS["RS256"], algorithms=["RS512"]
    ),
    "critical extensions": lambda said: f"{_encoded(CRITICAL)}.{_encoded(said)}.AA",
    "an ID token": lambda said: signed(said, typ="at+jwt"),
    "sub of half a surrogate pair": lambda said: (
        f"{_encoded({'alg': 'ES256'})}.{_encoded({**said, 'sub': HALF, 'iss': HALF})}.AA"
    ),
    "a kid of half a surrogate pair": lambda said: f"{_encoded({'alg': 'ES256', 'kid': HALF})}.{_encoded(said)}.AA",
    "not a JWT": lambda said: "abc",
    "empty parts": lambda said: "..",
    "deeply nested": lambda said: f"{'W1tb' * 1200}.{_encoded(said)}.AA",
    "huge": lambda said: signed({**said, "more": "x" * 9_000}),
    "not ASCII": lambda said: "é.é.é",
}


@pytest.mark.parametrize("name", [*BAD_CLAIMS, *BAD_SIGNATURES])
def test_r25_whatever_does_not_prove_the_client_is_answered_alike(
    machine: Caller, good: Callable[..., dict[str, Any]], issuer: str, name: str
) -> None:
    if name in BAD_CLAIMS:
        others = json.loads(json.dumps(BAD_CLAIMS[name]).replace("ISSUER", issuer))
        assertion = signed(good(**others))
    else:
        assertion = BAD_SIGNATURES[name](good())
    response = ask(machine, assertion)
    assert (response.status, response.error) == (401, "invalid_client"), response.text
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    body = response.json
    assert body.pop("reference") == response.headers["X-Reference"]
    assert body == {"error": "invalid_client", "error_description": "Client authentication failed."}


@pytest.mark.parametrize(
    ("form", "authorization", "expected"),
    [
        ({"client_secret": "x"}, "", (400, "invalid_request")),
        ({"client_secret": "x", "client_id": "keys"}, "", (400, "invalid_request")),
        ({}, basic("keys", "x"), (400, "invalid_request")),
        ({"client_assertion_type": ""}, "", (400, "invalid_request")),
        ({"client_assertion": ""}, "", (400, "invalid_request")),
        ({"client_id": "service"}, "", (401, "invalid_client")),
        ({"client_assertion_type": TYPE + "x"}, "", (401, "invalid_client")),
        ({"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, "",
         (401, "invalid_client")),
    ],
)  # fmt: skip
def test_r25_it_is_the_one_method_of_its_request_and_names_one_client(
    machine: Caller,
    good: Callable[..., dict[str, Any]],
    form: dict[str, str],
    authorization: str,
    expected: tuple[int, str],
) -> None:
    sent = {**form_of(signed(good()), grant_type="client_credentials"), **form}
    response = machine.post("/token", sent, authorization=authorization)
    assert (response.status, response.error) == expected, response.text


def test_r25_a_client_of_keys_is_not_let_in_by_naming_itself_or_by_a_secret(machine: Caller) -> None:
    for sent in ({"client_id": "keys"}, {"client_id": "keys", "client_secret": "anything-at-all-0123456789"}):
        response = machine.post("/token", {"grant_type": "client_credentials", **sent}, authorization="")
        assert (response.status, response.error) == (401, "invalid_client")
    assert ask(machine, signed({}), "/token").status == 401


def test_an_assertion_in_the_address_is_refused(machine: Caller, good: Callable[..., dict[str, Any]]) -> None:
    response = machine.post(f"/token?client_assertion={signed(good())}", form_of(signed(good())), authorization="")
    assert (response.status, response.error) == (400, "invalid_request")


class KeysOfAClient(BaseHTTPRequestHandler):
    """Where a client publishes its keys: one more whenever it makes one."""

    keys: ClassVar[list[dict[str, Any]]] = []
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = json.dumps({"keys": self.keys}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


def test_r25_a_client_that_publishes_its_keys_is_proven_by_them(furnished: Any, tmp_path: Path) -> None:
    """In development the server may read what is published beside it; in production it would not."""
    publisher = ThreadingHTTPServer(("127.0.0.1", 0), KeysOfAClient)
    threading.Thread(target=publisher.serve_forever, daemon=True).start()
    KeysOfAClient.keys = [public(KEYS["ES256"])]
    client = {
        "clientId": "publisher", "name": "Publisher", "owner": "owner", "grants": ["client_credentials"],
        "allowedScope": "ping", "tokenEndpointAuthMethod": "private_key_jwt",
        "clientJwksUri": f"http://127.0.0.1:{publisher.server_port}/jwks",
    }  # fmt: skip
    file = tmp_path / "client.json"
    file.write_text(json.dumps({"clients": [client]}))
    try:
        furnished.manage("apply", str(file))
        machine = Caller(furnished.url)
        issuer = machine.send("GET", "/.well-known/oauth-authorization-server").json["issuer"]
        for _ in range(3):
            assert ask(machine, signed(claims("publisher", issuer))).status == 200
        for _ in range(3):  # a stranger's keys are looked for once, not at each request
            assert ask(machine, signed(claims("publisher", issuer), by="RS256")).status == 401
        assert KeysOfAClient.asked == ["/jwks"]
    finally:
        publisher.shutdown()
        publisher.server_close()
