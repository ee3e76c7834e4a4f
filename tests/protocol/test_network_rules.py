"""R38: network rules at every entry, by the address that a trusted proxy names, on every worker at its next request."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, Response, basic

SECRET = "a-secret-of-the-guarded-0123456789"
SITES = [{"cidr": "192.0.2.0/24", "action": "allow", "note": "Sites"}, {"cidr": "192.0.2.66/32", "action": "deny"}]
INSIDE, DENIED, OUTSIDE = "192.0.2.7", "192.0.2.66", "198.51.100.7"
TRIES = 16


def client(client_id: str, **values: Any) -> dict[str, Any]:
    plain = {"clientId": client_id, "name": client_id, "owner": "owner", "allowedScope": "authorization.introspect"}
    return {**plain, "grants": ["client_credentials"], "clientSecret": SECRET, "allowedIpRules": SITES, **values}


WEB = {"grants": ["authorization_code"], "redirectUris": ["https://web.example/back"], "allowedScope": "openid"}
DOCUMENT = {
    "users": [{"username": "owner", "password": "a-long-owner-password", "isSuperuser": True}],
    "clients": [
        client("guarded"),
        client("open", allowedIpRules=[]),
        client("web", **WEB),
        client("shop", networkRulesAtAuthorize=False, **WEB),
        {"clientId": "tv", "name": "tv", "owner": "owner", "type": "public", "allowedScope": "openid",
         "grants": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedIpRules": SITES},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def running(server: MakeServer) -> Server:
    one = server(TRUSTED_PROXIES="127.0.0.1", workers=2)
    one.manage("apply", "-", text=json.dumps(DOCUMENT))
    return one


@pytest.fixture(scope="module")
def caller(running: Server) -> Caller:
    return Caller(running.url, authorization=basic("guarded", SECRET))


def refused(response: Response) -> bool:
    """A refusal is the same whichever rule fired, and names none."""
    if response.status != 403 or response.error != "access_denied":
        return False
    body = response.json
    assert body["error_description"] == "This client may not be used from this network."
    assert body["reference"] == response.headers["X-Reference"]
    assert set(body) == {"error", "error_description", "reference"}
    return True


ENTRIES: dict[str, dict[str, str]] = {
    "/token": {"grant_type": "client_credentials"},
    "/introspect": {"token": "unknown"},
    "/revoke": {"token": "unknown"},
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    ("forwarded", "let_in"),
    [
        (INSIDE, True),
        (DENIED, False),
        (OUTSIDE, False),
        (f"{INSIDE}, {OUTSIDE}", False),
        (f"{OUTSIDE}, {INSIDE}", True),
        (f"::ffff:{INSIDE}", True),
        (f"{INSIDE}:4711", True),
        ("rubbish", False),
        ("", False),
        (", ".join([INSIDE] * 30), True),
        ("2001:db8::1%eth0", False),
    ],
)
def test_r37_r38_r39_a_client_is_let_in_from_its_networks_alone(
    caller: Caller, entry: str, forwarded: str, let_in: bool
) -> None:
    for _ in range(2):  # the second time the worker remembers the client
        response = caller.post(entry, ENTRIES[entry], headers={"X-Forwarded-For": forwarded})
        assert (response.status == 200) is let_in
        assert refused(response) is not let_in


def test_r38_the_device_endpoint_is_guarded_for_a_public_client(caller: Caller) -> None:
    def ask(address: str) -> Response:
        headers = {"X-Forwarded-For": address}
        return caller.post("/device_authorization", {"client_id": "tv"}, authorization="", headers=headers)

    assert ask(INSIDE).status == 200
    assert refused(ask(OUTSIDE))


def test_r38_a_bearer_token_is_held_to_its_clients_networks(caller: Caller) -> None:
    asked = {**ENTRIES["/token"], "scope": "authorization.introspect"}
    token = caller.post("/token", asked, headers={"X-Forwarded-For": INSIDE}).json["access_token"]
    for path, form in (("/introspect", {"token": token}), ("/userinfo", {})):
        answers = [
            caller.post(path, form, authorization=f"Bearer {token}", headers={"X-Forwarded-For": address})
            for address in (INSIDE, OUTSIDE)
        ]
        assert not refused(answers[0])
        assert refused(answers[1])


@pytest.mark.parametrize(
    ("client_id", "address", "let_in"),
    [("web", INSIDE, True), ("web", OUTSIDE, False), ("shop", OUTSIDE, True)],
)
def test_r38_at_authorize_the_browser_is_held_to_them_unless_the_client_says_otherwise(
    caller: Caller, client_id: str, address: str, let_in: bool
) -> None:
    query = {"client_id": client_id, "redirect_uri": "https://web.example/back", "response_type": "code",
             "scope": "openid", "code_challenge": "x" * 43, "code_challenge_method": "S256"}  # fmt: skip
    headers = {"X-Forwarded-For": address, "Accept": "text/html"}
    response = caller.send("GET", f"/authorize?{urlencode(query)}", headers=headers)
    if let_in:
        assert response.status == 302
        assert response.headers["Location"].startswith("/sign-in/")
        return
    assert response.status == 403
    assert response.headers["Location"] is None
    assert response.headers["X-Reference"] in response.text
    assert "192.0.2" not in response.text
    token = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://web.example/back"}
    assert refused(caller.post("/token", token, authorization=basic("shop", SECRET), headers=headers))


def test_every_worker_obeys_new_rules_at_its_next_request(running: Server, caller: Caller) -> None:
    def statuses() -> set[int]:
        headers = {"X-Forwarded-For": OUTSIDE}
        with ThreadPoolExecutor(8) as pool:
            asked = [
                pool.submit(caller.post, "/token", ENTRIES["/token"], authorization=AS_OPEN, headers=headers)
                for _ in range(TRIES)
            ]
            return {one.result().status for one in asked}

    assert statuses() == {200}
    for rules, expected in ((SITES, {403}), ([{**rule, "mode": "watch"} for rule in SITES], {200}), ([], {200})):
        change = {"clients": [{"clientId": "open", "allowedIpRules": rules}]}
        running.manage("apply", "-", text=json.dumps(change))
        assert statuses() == expected


AS_OPEN = basic("open", SECRET)


def test_the_trail_names_the_rule_that_fired_under_the_callers_reference(running: Server, caller: Caller) -> None:
    response = caller.post("/token", ENTRIES["/token"], headers={"X-Forwarded-For": DENIED})
    code = (
        "from audit.models import Event; "
        f"print(Event.objects.get(reference={response.json['reference']!r}).detail['reason'])"
    )
    assert running.shell(code).splitlines()[-1] == "network rule: deny 192.0.2.66/32"
