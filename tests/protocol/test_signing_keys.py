"""Signing keys on real servers: one set however many processes begin, a rotation on every worker, a lost secret."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, basic

TRIES = 24  # each over a connection of its own, so that every worker answers some
SECRET = "signer-its-own-secret-0123456789"
DOCUMENT: dict[str, Any] = {
    "users": [{"username": "owner", "password": "a-long-owner-password", "isSuperuser": True}],
    "clients": [
        {
            "clientId": "signer", "name": "signer", "owner": "owner", "grants": ["client_credentials"],
            "clientSecret": SECRET, "tokenFormat": "jwt", "allowedScope": "authorization.introspect",
        }
    ],
}  # fmt: skip
ASK_AND_SAY = "from tokens.signing_keys.ring import ring; print(sorted(key.kid for key in ring(1).keys))"


@pytest.fixture
def several(own_server: MakeServer, tmp_path: Path) -> tuple[Server, Caller]:
    """Two workers beside their maintenance loop, on a store that has no keys yet."""
    running = own_server(workers=2)
    file = tmp_path / "registry.json"
    file.write_text(json.dumps(DOCUMENT))
    running.manage("apply", str(file))
    return running, Caller(running.url, authorization=basic("signer", SECRET))


def all_at_once(caller: Caller) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(8) as pool:
        return [one.result().json for one in [pool.submit(caller.send, "GET", "/jwks") for _ in range(TRIES)]]


def kid_of(token: str) -> str:
    head = token.split(".")[0]
    return str(json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


def tokens(caller: Caller) -> list[str]:
    with ThreadPoolExecutor(8) as pool:
        return [one.result() for one in [pool.submit(caller.token) for _ in range(TRIES)]]


def test_processes_that_begin_at_once_make_one_set_of_keys(several: tuple[Server, Caller]) -> None:
    running, caller = several
    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(running.shell, ASK_AND_SAY) for _ in range(2)]
        sets = [{key["kid"] for key in answer["keys"]} for answer in all_at_once(caller)]
        said = {one.result().strip().splitlines()[-1] for one in others}
    assert all(one == sets[0] for one in sets)
    assert len(sets[0]) == 4
    assert said == {str(sorted(sets[0]))}


def test_a_rotation_by_hand_binds_every_worker_at_its_next_token(several: tuple[Server, Caller]) -> None:
    running, caller = several
    before = tokens(caller)
    (old,) = {kid_of(token) for token in before}
    said = running.manage("rotate_keys")
    after = tokens(caller)
    (new,) = {kid_of(token) for token in after}
    assert new != old
    assert new in said
    key_set = KeySet.import_key_set(caller.send("GET", "/jwks").json)  # type: ignore[arg-type]
    for token in (before[0], after[0]):
        assert jwt.decode(token, key_set, algorithms=["ES256"]).claims["client_id"] == "signer"
        assert caller.introspect(token)["active"] is True


def test_a_server_with_another_secret_does_not_start_and_says_why(own_server: MakeServer) -> None:
    running = own_server(workers=1)
    assert running.answers("/jwks")
    running.stop()
    running.variables["AUTHSERVER_SECRET_KEY"] = "another-secret-0123456789-0123456789"
    for arguments in (("serve", "--bind", f"127.0.0.1:{running.port}"), ("check", "--database", "default")):
        said = running.manage(*arguments, succeeds=False)
        assert "AUTHSERVER_SECRET_KEY" in said
        assert "rotate_keys" in said
        assert "Traceback" not in said
    running.manage("rotate_keys")
    running.start()
    assert running.answers("/jwks")
