"""Authlib and requests-oauthlib, as applications use them, get a token from the running server and use it."""

from __future__ import annotations

from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.protocol.caller import Caller
from tests.protocol.conftest import SECRETS


@pytest.fixture
def url(machine: Caller) -> str:
    return f"http://{machine.host}:{machine.port}"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_gets_a_token_sees_it_active_revokes_it_and_sees_it_dead(url: str, method: str) -> None:
    with AuthlibSession("inner", SECRETS["inner"], scope="ping", token_endpoint_auth_method=method) as session:
        token: dict[str, Any] = session.fetch_token(f"{url}/token", grant_type="client_credentials")
        assert (token["token_type"], token["scope"]) == ("Bearer", "ping")
        value = token["access_token"]
        assert session.introspect_token(f"{url}/introspect", token=value).json()["active"] is True
        assert session.revoke_token(f"{url}/revoke", token=value).status_code == 200
        assert session.introspect_token(f"{url}/introspect", token=value).json() == {"active": False}


def test_requests_oauthlib_gets_a_token_and_uses_it_as_a_bearer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    scope = ["authorization.introspect"]
    with OAuth2Session(client=BackendApplicationClient("reader", scope=scope), scope=scope) as session:
        token = session.fetch_token(f"{url}/token", auth=HTTPBasicAuth("reader", SECRETS["reader"]))
        assert token["scope"] == scope
        said = session.post(f"{url}/introspect", data={"token": token["access_token"]}).json()
        assert (said["active"], said["sub"]) == (True, "reader")
