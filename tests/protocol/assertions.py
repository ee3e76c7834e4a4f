"""Assertions as clients make them, and as they should not: every part can be another one."""

from __future__ import annotations

import time
import uuid
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.protocol.caller import Caller, Response

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEYS: dict[str, ECKey | RSAKey] = {
    "ES256": ECKey.generate_key("P-256", {"kid": "ec-1"}),
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa-1"}),
    "PS256": RSAKey.generate_key(2048, {"kid": "pss-1"}),
}


def public(key: ECKey | RSAKey, **members: Any) -> dict[str, Any]:
    """Its public JWK, as a client would register it."""
    return {**key.as_dict(private=False), **members}


KEY_SET = {"keys": [public(key, alg=algorithm, use="sig") for algorithm, key in KEYS.items()]}


def claims(client_id: str, issuer: str, **others: Any) -> dict[str, Any]:
    """What RFC 7523 §3 asks for; a claim that is None is left out."""
    now = int(time.time())
    usual = {"iss": client_id, "sub": client_id, "aud": issuer, "jti": str(uuid.uuid4()), "iat": now, "exp": now + 60}
    return {name: value for name, value in {**usual, **others}.items() if value is not None}


def signed(said: dict[str, Any], *, by: str = "ES256", key: Any = None, **header: Any) -> str:
    key = key or KEYS[by]
    usual = {"alg": by, "kid": key.kid}
    head = {name: value for name, value in {**usual, **header}.items() if value is not None}
    return jwt.encode(head, said, key, algorithms=[by])


def form_of(assertion: str, **others: str) -> dict[str, str]:
    return {"client_assertion_type": TYPE, "client_assertion": assertion, **others}


def ask(machine: Caller, assertion: str, path: str = "/token", **others: str) -> Response:
    """A token of client credentials, where nothing else is asked."""
    asked = {"grant_type": "client_credentials"} if path == "/token" else {}
    return machine.post(path, form_of(assertion, **{**asked, **others}), authorization="")
