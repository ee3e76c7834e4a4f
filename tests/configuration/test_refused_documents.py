"""Documents that are refused: every fault at its path, by name, and never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from audit.models import Event
from tests.configuration.conftest import Apply
from tests.configuration.test_apply import snapshot

Refusal = Callable[..., list[str]]

NO_DOCUMENT = {
    "empty": ("", "not JSON"),
    "no JSON": ("users: []", "not JSON"),
    "cut off": ('{"users": [', "not JSON"),
    "a list": ("[]", "object with sections"),
    "a text": ('"users"', "object with sections"),
    "null": ("null", "object with sections"),
    "a key twice": ('{"users": [], "users": []}', "stands twice"),
    "a key twice, deep": ('{"users": [{"username": "a", "username": "b"}]}', "stands twice"),
    "NaN": ('{"settings": {"accessTokenLifetime": NaN}}', "no number of JSON"),
    "Infinity": ('{"settings": {"accessTokenLifetime": -Infinity}}', "no number of JSON"),
    "overflow": ('{"settings": {"accessTokenLifetime": 1e999}}', "no number of JSON"),
    "endless digits": ('{"settings": {"accessTokenLifetime": ' + "9" * 5000 + "}}", "not JSON"),
    "nested too deeply": ("[" * 100_000, "nested too deeply"),
    "not UTF-8": (b'{"users": "\xff"}', "cannot be read"),
    "UTF-16": ('{"users": []}'.encode("utf-16"), "cannot be read"),
}


@pytest.mark.parametrize(("text", "sentence"), NO_DOCUMENT.values(), ids=NO_DOCUMENT)
def test_what_is_no_document_is_named(refusal: Refusal, text: str | bytes, sentence: str) -> None:
    (fault,) = refusal(text)
    assert sentence in fault


@pytest.mark.parametrize("name", ["/nowhere/document.json", ".", "a\x00b"])
@pytest.mark.django_db
def test_a_file_that_cannot_be_read_is_named(name: str) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("apply", name)


@pytest.mark.django_db
def test_a_file_that_is_too_large_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authserver.management.commands.apply.LARGEST", 10)
    file = tmp_path / "large.json"
    file.write_text('{"users": []}')
    with pytest.raises(CommandError, match="larger than 10 bytes"):
        call_command("apply", str(file))


def user(**values: Any) -> dict[str, Any]:
    return {"users": [{"username": "eve", **values}]}


def scope(**values: Any) -> dict[str, Any]:
    return {"scopes": [{"name": "s", **values}]}


def api(**values: Any) -> dict[str, Any]:
    return {"apis": [{"name": "A", "audience": "https://a.example", **values}]}


def client(**values: Any) -> dict[str, Any]:
    """A client whose owner is in the same document."""
    facts = {"clientId": "c", "name": "C", "owner": "eve", "grants": ["client_credentials"]}
    return {"users": [{"username": "eve", "isActive": True}], "clients": [{**facts, **values}]}


def settings(**values: Any) -> dict[str, Any]:
    return {"settings": values}


NOT_YET = "This version does not support it yet"
# (document, every fault that it must name: path and part of its sentence)
FAULTS: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "unknown section": ({"people": []}, [("people", "no such key")]),
    "sections of a wrong type": (
        {"users": {}, "groups": 1, "settings": [], "clients": "x", "apis": None},
        [
            ("apis", "a list"),
            ("clients", "a list"),
            ("groups", "a list"),
            ("settings", "an object"),
            ("users", "a list"),
        ],
    ),
    "rows of a wrong type": (
        {"users": [1], "clients": [[]], "scopes": ["openid"]},
        [("clients[0]", "an object"), ("scopes[0]", "an object"), ("users[0]", "an object")],
    ),
    "unknown setting": (settings(colour="red"), [("settings.colour", "no such key")]),
    "lifetime 0": (settings(accessTokenLifetime=0), [("settings.accessTokenLifetime", "at least 1")]),
    "lifetime 2^31 (R27)": (
        settings(accessTokenLifetime=2**31),
        [("settings.accessTokenLifetime", "at most 2147483647")],
    ),
    "R62: a code's lifetime 0": (
        settings(authorizationCodeLifetime=0),
        [("settings.authorizationCodeLifetime", "at least 1")],
    ),
    "R62: a code's lifetime 601": (
        settings(authorizationCodeLifetime=601),
        [("settings.authorizationCodeLifetime", "at most 600")],
    ),
    "refresh lifetime 0": (settings(refreshTokenLifetime=0), [("settings.refreshTokenLifetime", "at least 1")]),
    "lifetime as text": (settings(accessTokenLifetime="60"), [("settings.accessTokenLifetime", "a whole number")]),
    "lifetime true": (settings(accessTokenLifetime=True), [("settings.accessTokenLifetime", "a whole number")]),
    "lifetime with a fraction": (
        settings(accessTokenLifetime=60.0),
        [("settings.accessTokenLifetime", "a whole number")],
    ),
    "boolean as text": (settings(legacyGrants="yes"), [("settings.legacyGrants", "true or false")]),
    "boolean as number": (settings(legacyGrants=1), [("settings.legacyGrants", "true or false")]),
    "user without a name": ({"users": [{}]}, [("users[0].username", "required")]),
    "unknown key": (user(role="admin"), [("users[0].role", "no such key")]),
    "empty name": (user(username=""), [("users[0].username", "not empty")]),
    "long name": (user(username="x" * 256), [("users[0].username", "at most 255")]),
    "name with a line end": (user(username="a\nb"), [("users[0].username", "control characters")]),
    "name with a NUL": (user(username="a\x00b"), [("users[0].username", "NUL")]),
    "half of a surrogate pair": (user(givenName="\ud800"), [("users[0].givenName", "surrogate")]),
    "NUL in a key": (user(claims={"a\x00": 1}), [("users[0].claims.a", "NUL"), ("users[0].claims.a", "no such key")]),
    "invisible name": (user(username="eve\u202e"), [("users[0].username", "invisible")]),
    "name in spaces": (user(username=" eve"), [("users[0].username", "space")]),
    "bad address": (user(email="nobody"), [("users[0].email", "not an e-mail address")]),
    "address with a header": (user(email="a@example.com\r\nBcc: x"), [("users[0].email", "not an e-mail address")]),
    "empty password": (user(password=""), [("users[0].password", "not empty")]),
    "password null": (user(password=None), [("users[0].password", "text")]),
    "unknown group": (user(groups=["None"]), [("users[0].groups", "no group 'None'")]),
    "group twice": (user(groups=["Auditor", "Auditor"]), [("users[0].groups", "twice")]),
    "unknown permission (R59)": (user(permissions=["all"]), [("users[0].permissions", "no permission 'all'")]),
    "bad allowed scope (R33)": (user(allowedScope='a"b ok'), [("users[0].allowedScope", "not a scope")]),
    "control in a given name": (user(givenName="A\x1b[31m"), [("users[0].givenName", "control characters")]),
    "unknown claim": (user(claims={"shoe_size": "44"}), [("users[0].claims.shoe_size", "no such key")]),
    "claim with its own key": (user(claims={"sub": "me"}), [("users[0].claims.sub", "no such key")]),
    "claim of a wrong type": (user(claims={"email_verified": "yes"}), [("users[0].claims.email_verified", "true or")]),
    "address that is text": (user(claims={"address": "London"}), [("users[0].claims.address", "an object")]),
    "number too large": (user(claims={"updated_at": 10**30}), [("users[0].claims.updated_at", "too large")]),
    "user twice": (
        {"users": [{"username": "eve"}, {"username": "bob"}, {"username": "eve"}]},
        [("users[2].username", "users[0] is the first")],
    ),
    "group without a name": ({"groups": [{"name": " "}]}, [("groups[0].name", "1 to 150")]),
    "group with unknown permission": (
        {"groups": [{"name": "G", "permissions": ["clients.view", "root"]}]},
        [("groups[0].permissions", "no permission 'root'")],
    ),
    "scope with a star (R32)": (scope(name="a*"), [("scopes[0].name", "cannot hold *")]),
    "scope with a space (R32)": (scope(name="a b"), [("scopes[0].name", "without spaces")]),
    "scope with a comma (R32)": (scope(name="a,b"), [("scopes[0].name", "commas")]),
    "scope with a quote (R32)": (scope(name='a"b'), [("scopes[0].name", "printable ASCII")]),
    "scope with a backslash (R32)": (scope(name="a\\b"), [("scopes[0].name", "printable ASCII")]),
    "scope in another script (R32)": (scope(name="читать"), [("scopes[0].name", "printable ASCII")]),
    "long scope (R32)": (scope(name="x" * 101), [("scopes[0].name", "at most 100")]),
    "scope of an unknown API": (scope(api="Orders"), [("scopes[0].api", "no API 'Orders'")]),
    "scope twice": ({"scopes": [{"name": "s"}, {"name": "s"}]}, [("scopes[1].name", "twice")]),
    "control in a description": (scope(description="a\x07"), [("scopes[0].description", "U+0007")]),
    "API without an audience": ({"apis": [{"name": "A"}]}, [("apis[0].audience", "1 to 2000")]),
    "audience with a fragment (RFC 8707)": (
        api(audience="https://a.example/#x"),
        [("apis[0].audience", "no fragment")],
    ),
    "audience with an empty fragment": (api(audience="https://a.example/#"), [("apis[0].audience", "no fragment")]),
    "relative audience": (api(audience="/orders"), [("apis[0].audience", "absolute")]),
    "audience without a host": (api(audience="https:///orders"), [("apis[0].audience", "absolute")]),
    "audience with a space": (api(audience="https://a.example/a b"), [("apis[0].audience", "without spaces")]),
    "audience with a bad port": (api(audience="https://a.example:port"), [("apis[0].audience", "not a URI")]),
    "audience with a bad address": (api(audience="https://[::1"), [("apis[0].audience", "not a URI")]),
    "long audience": (api(audience="https://a.example/" + "x" * 2000), [("apis[0].audience", "at most 2000")]),
    "audience of another API": (
        {"apis": [{"name": n, "audience": "https://a.example"} for n in ("A", "B")]},
        [("apis[1].audience", "Another API")],
    ),
    "unknown introspector": (api(introspectors=["nobody"]), [("apis[0].introspectors", "no client 'nobody'")]),
    "client without an id": ({"clients": [{"name": "C"}]}, [("clients[0].clientId", "required")]),
    "client with an unknown key": (client(colour="red"), [("clients[0].colour", "no such key")]),
    "client with bad network rules": (
        client(allowedIpRules=[{"cidr": "10.0.0.0/8", "action": "permit"}, {"action": "deny", "port": 1}, "x"]),
        [
            ("clients[0].allowedIpRules[0].action", 'It is "allow" or "deny"'),
            ("clients[0].allowedIpRules[1].port", "no such key"),
            ("clients[0].allowedIpRules[1].cidr", "required"),
            ("clients[0].allowedIpRules[2]", "an object"),
        ],
    ),
    "client with network rules that are no networks": (
        client(
            allowedIpRules=[
                {"cidr": "10.0.0.5/8", "action": "allow"},
                {"cidr": "192.0.2.1", "action": "deny"},
                {"cidr": "::ffff:10.0.0.0/104", "action": "allow"},
            ]
        ),
        [
            ("clients[0].allowedIpRules[0]", "write 10.0.0.0/8 for the network, or 10.0.0.5/32"),
            ("clients[0].allowedIpRules[2]", "write 10.0.0.0/8"),
        ],
    ),
    "client with rate limits": (
        client(rateLimitRules=[{"method": "GET", "limit": 1}, {"method": "get", "limit": -1, "period": 1}]),
        [("clients[0].rateLimitRules[0].period", ""), ("clients[0].rateLimitRules[1].limit", "")],
    ),
    "client with JWTs that never end": (
        client(tokenFormat="jwt", accessTokenLifetime="never"),
        [("clients[0].accessTokenLifetime", "a JWT must say")],
    ),
    "client with unsigned ID tokens": (
        client(idTokenSignedResponseAlg="none"),
        [("clients[0].idTokenSignedResponseAlg", "RS256")],
    ),
    "client with a sign-out address that is none": (
        client(postLogoutRedirectUris=["https://a.example/bye", "nowhere"]),
        [("clients[0].postLogoutRedirectUris", "line 2")],
    ),
    "client by private_key_jwt without a key": (
        client(tokenEndpointAuthMethod="private_key_jwt"),
        [("clients[0].clientJwks", "needs a public key")],
    ),
    "client with an unknown grant": (client(grants=["magic"]), [("clients[0].grants", "'magic'")]),
    "token exchange": (
        client(grants=["urn:ietf:params:oauth:grant-type:token-exchange"]),
        [("clients[0].grants", "token-exchange")],
    ),
    "public with client credentials (R19)": (client(type="public"), [("clients[0].grants", "confidential client")]),
    "legacy grant while off (R20)": (client(grants=["password"]), [("clients[0].grants", "Legacy")]),
    "name with refused characters (R2)": (client(name="A & B <x>"), [("clients[0].name", "& < >")]),
    "no redirect for a code client (R5)": (
        client(grants=["authorization_code"]),
        [("clients[0].redirectUris", "required")],
    ),
    "bad redirects, by line (R5)": (
        client(
            grants=["authorization_code"],
            redirectUris=["https://ok.example/", "http://far.example/", "javascript:alert(1)", "https://a.example/#x"],
        ),
        [
            ("clients[0].redirectUris line 2", ""),
            ("clients[0].redirectUris line 3", ""),
            ("clients[0].redirectUris line 4", ""),
        ],
    ),
    "unknown owner": (client(owner="nobody"), [("clients[0].owner", "no active person 'nobody'")]),
    "weak secret (R13)": (client(clientSecret="short"), [("clients[0].clientSecret", "at least 16")]),
    "client id in the form of a UUID": (
        client(clientId="6f1c7f0e-9c3b-4f1e-8a1c-0d8b5a1f2c3d"),
        [("clients[0].clientId", "UUID")],
    ),
    "client named like a person": (client(clientId="eve"), [("clients[0].clientId", "user of this name")]),
    "client twice": (
        {"clients": [{"clientId": "c", "name": "C"}, {"clientId": "c", "name": "D"}]},
        [("clients[1].clientId", "twice")],
    ),
    "lifetime of a wrong type": (client(accessTokenLifetime="soon"), [("clients[0].accessTokenLifetime", '"never"')]),
    "client description with NUL": (client(description="\x00"), [("clients[0].description", "NUL")]),
}


@pytest.mark.parametrize(("document", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_document_is_refused_by_name_and_leaves_nothing(
    refusal: Refusal, document: Any, expected: list[tuple[str, str]]
) -> None:
    before = snapshot()
    faults = refusal(document)
    for path, sentence in expected:
        assert any(fault.startswith(path) and sentence in fault for fault in faults), faults
    assert all(fault.isprintable() for fault in faults)
    assert snapshot() == before


def test_all_faults_are_told_at_once_whatever_their_kind(refusal: Refusal) -> None:
    document = {
        "settings": {"accessTokenLifetime": 0},
        "users": [
            {"username": "eve", "email": "x"},
            {"username": "bob", "role": 1},
            {"username": "amy", "groups": ["?"]},
        ],
        "scopes": [{"name": "a*"}, {"name": "b", "api": "none"}],
        "clients": [{"clientId": "c", "name": "<", "owner": "nobody", "grants": []}],
    }
    paths = {fault.split(": ")[0] for fault in refusal(document)}
    assert paths >= {
        "settings.accessTokenLifetime",
        "users[0].email",
        "users[1].role",
        "users[2].groups",
        "scopes[0].name",
        "scopes[1].api",
        "clients[0].name",
        "clients[0].grants",
    }


def test_faults_beyond_the_first_two_hundred_are_counted(refusal: Refusal) -> None:
    faults = refusal({"users": [{"username": ""} for _ in range(250)]})
    assert len(faults) == 201
    assert "more" in faults[-1]


@pytest.mark.parametrize(
    "values", [{"password": "a fine long sentence"}, {"email": "a@example.com"}, {"isActive": False}]
)
def test_a_service_account_takes_no_more_than_it_may_hold(
    apply: Apply, refusal: Refusal, values: dict[str, Any]
) -> None:
    """R17."""
    apply(client())
    (fault,) = refusal({"users": [{"username": "c", **values}]})
    assert "service account" in fault


def test_a_person_cannot_take_the_name_of_a_client(apply: Apply, refusal: Refusal) -> None:
    redirects = ["https://c.example/back"]
    apply(client(type="public", grants=["authorization_code"], redirectUris=redirects))
    (fault,) = refusal({"users": [{"username": "c"}]})
    assert fault.startswith("users[0].username: A client has this name")


def test_a_person_may_be_called_like_a_system_client(apply: Apply) -> None:
    """R61: system clients have no service account, so their names are free."""
    apply({"users": [{"username": "admin"}]})


def test_a_deleted_user_does_not_come_back(apply: Apply, refusal: Refusal) -> None:
    apply(user())
    User.objects.update(deleted_at="2026-01-01T00:00:00Z")
    (fault,) = refusal(user(email="eve@example.com"))
    assert "deleted" in fault


def test_nobody_hears_of_a_refused_document_in_the_trail(refusal: Refusal) -> None:
    refusal({"users": [{"username": "eve"}, {"username": ""}]})
    assert not Event.objects.exists()


def test_a_store_without_tables_is_named(monkeypatch: pytest.MonkeyPatch, refusal: Refusal) -> None:
    from django.db import OperationalError

    def gone(*_: object, **__: object) -> None:
        raise OperationalError("no such table: accounts_user")

    monkeypatch.setattr("authserver.management.commands.apply.apply_document", gone)
    (fault,) = refusal({})
    assert "has `manage.py migrate` run?" in fault
