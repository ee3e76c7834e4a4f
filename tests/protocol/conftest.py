"""One running server with a small registry, shared by every protocol test of a worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.protocol.assertions import KEY_SET
from tests.protocol.caller import Caller, basic

SECRETS = {
    name: f"{name}-its-own-secret-0123456789"
    for name in (
        *("service", "reader", "stranger", "inner", "signer", "reset-me", "poster", "off", "forever"),
        *("web", "query", "thrice", "patient", "hasty", "brief"),
    )
}
SECRETS["service"] = "a-secret:with-%-and-+-in-it"

DOCUMENT: dict[str, Any] = {
    "users": [
        {"username": "owner", "password": "a-long-owner-password", "isSuperuser": True},
        {"username": "mara", "password": "mara-and-her-long-password", "email": "mara@example.com",
         "givenName": "Mara", "familyName": "Lindqvist",
         "claims": {"email_verified": True, "phone_number": "+46 70 000 00 00", "locale": "sv-SE",
                    "address": {"locality": "Lund", "country": "SE"}}},
        {"username": "tomas", "password": "tomas-and-his-long-password"},
    ],
    "namespaces": [{"name": "finance"}, {"name": "Ledgers & treasury"}],
    "apis": [
        {"name": "Orders", "audience": "https://orders.example", "introspectors": ["reader"]},
        {"name": "Mail", "audience": "https://mail.example", "introspectors": ["reader"]},
        {"name": "Closed", "audience": "https://closed.example", "introspectors": []},
    ],
    "scopes": [
        {"name": "orders.read", "description": "Read orders", "api": "Orders"},
        {"name": "closed.read", "description": "Read what nobody introspects", "api": "Closed"},
        {"name": "orders.refund", "description": "Send refunds", "api": "Orders", "sensitive": True},
        {"name": "mail.send", "description": "Send mail", "api": "Mail"},
        {"name": "ping", "description": "Ping", "default": True},
        {"name": "odd.scope", "description": "<img src=x onerror=alert(1)>"},
    ],
    "clients": [
        {"clientId": "service", "allowedScope": "ping orders.* closed.*",
         "namespaces": ["finance", "Ledgers & treasury"], "primaryNamespace": "finance"},
        {"clientId": "reader", "allowedScope": "authorization.introspect"},
        {"clientId": "stranger", "allowedScope": "ping"},
        {"clientId": "inner", "allowedScope": "authorization.introspect ping"},
        {"clientId": "signer", "allowedScope": "ping orders.*", "tokenFormat": "jwt"},
        {"clientId": "reset-me", "allowedScope": "ping"},
        {"clientId": "poster", "allowedScope": "ping", "tokenEndpointAuthMethod": "client_secret_post"},
        {"clientId": "off", "allowedScope": "ping", "active": False},
        {"clientId": "forever", "allowedScope": "ping", "accessTokenLifetime": "never"},
        {"clientId": "brief", "allowedScope": "ping", "accessTokenLifetime": 1},
        {"clientId": "odd", "type": "public", "redirectUris": ["https://odd.example/back"],
         "grants": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
         "allowedScope": "ping odd.scope offline_access", "displayName": "<script>alert(1)</script>"},
        {"clientId": "phone", "type": "public", "grants": ["authorization_code"], "allowedScope": "ping orders.*",
         "redirectUris": ["https://phone.example/back", "http://127.0.0.1/back", "http://[::1]/back",
                          "http://localhost/back", "com.example.phone:/back"], "refreshLimit": "unlimited"},
        {"clientId": "web", "grants": ["authorization_code"], "redirectUris": ["https://web.example/back"],
         "allowedScope": "openid profile email address phone ping orders.* mail.*", "refreshLimit": "unlimited",
         "postLogoutRedirectUris": ["https://web.example/bye", "https://web.example/bye?a=1"],
         "displayName": "Returns portal", "clientSecret": SECRETS["web"]},
        {"clientId": "keys", "grants": ["client_credentials", "urn:ietf:params:oauth:grant-type:device_code"],
         "allowedScope": "ping authorization.introspect orders.*", "tokenEndpointAuthMethod": "private_key_jwt",
         "clientJwks": KEY_SET},
        {"clientId": "tv", "type": "public", "grants": ["urn:ietf:params:oauth:grant-type:device_code"],
         "allowedScope": "ping orders.*", "displayName": "Living-room screen", "refreshLimit": 5},
        {"clientId": "kiosk", "type": "public", "grants": ["urn:ietf:params:oauth:grant-type:device_code"],
         "allowedScope": "ping"},
        {"clientId": "query", "grants": ["authorization_code"], "redirectUris": ["https://q.example/back?a=1"],
         "allowedScope": "ping", "pkceRequired": False, "clientSecret": SECRETS["query"]},
        {"clientId": "thrice", "grants": ["authorization_code"], "redirectUris": ["https://web.example/back"],
         "allowedScope": "ping", "refreshLimit": 3, "clientSecret": SECRETS["thrice"]},
        *({"clientId": name, "grants": ["authorization_code"], "redirectUris": ["https://web.example/back"],
           "allowedScope": "openid ping", "refreshLimit": 5, "refreshGrace": grace, "clientSecret": SECRETS[name]}
          for name, grace in (("patient", 600), ("hasty", 1))),
    ],
}  # fmt: skip
for _client in DOCUMENT["clients"]:
    _client |= {"name": _client["clientId"], "owner": "owner"}
    if "grants" in _client:
        _client.setdefault("type", "confidential")
    elif _client["clientId"] in SECRETS:
        _client |= {"type": "confidential", "grants": ["client_credentials"]}
        _client["clientSecret"] = SECRETS[_client["clientId"]]


def as_client(name: str) -> str:
    """The Authorization header of one of the registry's clients, encoded as RFC 6749 §2.3.1 asks."""
    return basic(quote_plus(name), quote_plus(SECRETS[name]))


@pytest.fixture(scope="session")
def furnished(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A running server that holds DOCUMENT."""
    file = Path(tmp_path_factory.mktemp("protocol")) / "registry.json"
    file.write_text(json.dumps(DOCUMENT))
    running = server(workers=1)
    running.manage("apply", str(file))
    return running


@pytest.fixture(scope="session")
def machine(furnished: Any) -> Caller:
    """A caller with the credentials of `service`, on a server that holds DOCUMENT."""
    return Caller(furnished.url, authorization=as_client("service"))


@pytest.fixture(scope="session")
def signed_in(machine: Caller) -> Any:
    """A browser in which `mara` is signed in; it is copied and never used, so that its session stays."""
    return _sign_in(machine)


@pytest.fixture
def browser(signed_in: Any) -> Any:
    """A browser in which `mara` is signed in. Not for tests that sign in or out: others share its session."""
    from tests.protocol.authorizing import Browser

    one = Browser(signed_in.url)
    one.session.cookies.update(signed_in.session.cookies)
    return one


@pytest.fixture
def own_browser(machine: Caller) -> Any:
    """A browser in which `mara` is signed in, with a session of its own."""
    return _sign_in(machine)


def _sign_in(machine: Caller) -> Any:
    from tests.protocol.authorizing import Browser

    one = Browser(f"http://{machine.host}:{machine.port}")
    assert one.sign_in().status == 302
    return one
