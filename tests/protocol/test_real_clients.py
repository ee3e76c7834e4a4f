"""Authlib and requests-oauthlib, as applications use them, get a token from the running server and use it."""

from __future__ import annotations

from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.protocol.authorizing import BACK, PROOF, Browser
from tests.protocol.caller import Caller
from tests.protocol.conftest import SECRETS, as_client


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


def allowed(browser: Browser, address: str) -> str:
    """The person follows the library's link and allows it; where the browser is sent back to."""
    answer = browser.get(address)
    return (browser.allow(answer) if answer.status == 200 else answer).location


def is_live(machine: Caller, token: str) -> bool:
    return bool(machine.introspect(token, authorization=as_client("reader"))["active"])


def test_authlib_signs_somebody_in_by_a_code_with_pkce_refreshes_and_revokes(
    url: str, machine: Caller, browser: Browser
) -> None:
    asked: dict[str, Any] = {"scope": "openid ping", "redirect_uri": BACK, "code_challenge_method": "S256"}
    with AuthlibSession("web", SECRETS["web"], **asked) as session:
        address, _state = session.create_authorization_url(f"{url}/authorize", code_verifier=PROOF.verifier)
        back = allowed(browser, address)
        token = session.fetch_token(f"{url}/token", authorization_response=back, code_verifier=PROOF.verifier)
        assert token["id_token"]
        assert session.get(f"{url}/userinfo").json()["sub"]
        later = session.refresh_token(f"{url}/token", refresh_token=token["refresh_token"])
        assert later["refresh_token"] != token["refresh_token"]
        assert session.get(f"{url}/userinfo").json()["sub"]
        assert is_live(machine, later["access_token"])
        assert session.revoke_token(f"{url}/revoke", token=later["refresh_token"]).status_code == 200
        assert not is_live(machine, later["access_token"])


def test_requests_oauthlib_signs_somebody_in_by_a_code_with_pkce_asks_who_it_is_refreshes_and_introspects(
    url: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    login = HTTPBasicAuth("web", SECRETS["web"])
    with OAuth2Session("web", redirect_uri=BACK, scope=["openid", "email"], pkce="S256") as session:
        address, _state = session.authorization_url(f"{url}/authorize")
        token = session.fetch_token(f"{url}/token", authorization_response=allowed(browser, address), auth=login)
        assert session.get(f"{url}/userinfo").json()["email"] == "mara@example.com"
        later = session.refresh_token(f"{url}/token", refresh_token=token["refresh_token"], auth=login)
        assert session.get(f"{url}/userinfo").json()["sub"]
        asked = {"data": {"token": later["access_token"]}, "auth": HTTPBasicAuth("reader", SECRETS["reader"])}
        said = session.post(f"{url}/introspect", withhold_token=True, **asked).json()
        assert (said["active"], said["client_id"], said["username"]) == (True, "web", "mara")
        session.post(f"{url}/revoke", withhold_token=True, data={"token": later["refresh_token"]}, auth=login)
        assert session.post(f"{url}/introspect", withhold_token=True, **asked).json() == {"active": False}
