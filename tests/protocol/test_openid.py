"""OpenID Connect over HTTP: ID tokens, userinfo, discovery, and who the client takes the person for."""

from __future__ import annotations

import hashlib
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.protocol.authorizing import Browser, redeem, refresh
from tests.protocol.caller import FORM, Caller, Response
from tests.protocol.test_token_endpoint import is_refused


@pytest.fixture
def browser(machine: Caller) -> Browser:
    one = Browser(f"http://{machine.host}:{machine.port}")
    one.sign_in()
    return one


def tokens_for(machine: Caller, browser: Browser, **changes: str | None) -> dict[str, Any]:
    answer = browser.allow(browser.authorize(**{"prompt": "consent", **changes}))
    response = redeem(machine, answer.code)
    assert response.status == 200, response.text
    return response.json


def read(machine: Caller, id_token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    keys = KeySet.import_key_set(machine.send("GET", "/jwks").json)  # type: ignore[arg-type]
    token = jwt.decode(id_token, keys, algorithms=["RS256", "ES256"])
    return token.header, token.claims


def half_hash(value: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


# ── ID tokens ──


def test_oidc_core_an_id_token_says_who_signed_in_when_and_to_whom(machine: Caller, browser: Browser) -> None:
    said = tokens_for(machine, browser, scope="openid ping", nonce="n-0S6_WzA2Mj")
    header, claims = read(machine, said["id_token"])
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    assert claims["iss"] == machine.send("GET", "/.well-known/openid-configuration").json["issuer"]
    assert (claims["aud"], claims["nonce"]) == ("web", "n-0S6_WzA2Mj")
    assert claims["at_hash"] == half_hash(said["access_token"])
    assert claims["iat"] <= time.time() < claims["exp"]
    assert 0 <= claims["iat"] - claims["auth_time"] < 120
    assert len(claims["sub"]) == 36
    assert not {"email", "name", "address"} & claims.keys()  # §5.4: they stand at userinfo


def test_oidc_core_without_the_scope_openid_there_is_no_id_token(machine: Caller, browser: Browser) -> None:
    assert "id_token" not in tokens_for(machine, browser, scope="ping", nonce="n")


def test_oidc_core_refreshing_tells_the_same_sign_in_without_a_nonce(machine: Caller, browser: Browser) -> None:
    said = tokens_for(machine, browser, scope="openid ping", nonce="n-0S6")
    again = refresh(machine, said["refresh_token"])
    assert again.status == 200, again.text
    (_, first), (_, second) = read(machine, said["id_token"]), read(machine, again.json["id_token"])
    assert {name: first[name] for name in ("iss", "sub", "aud", "auth_time")} == {
        name: second[name] for name in ("iss", "sub", "aud", "auth_time")
    }
    assert "nonce" not in second


def test_oidc_core_a_claim_that_is_named_stands_in_the_id_token_under_its_scope(
    machine: Caller, browser: Browser
) -> None:
    wanted = '{"id_token": {"email": {"essential": true}, "phone_number": null, "sub": null}}'
    said = tokens_for(machine, browser, scope="openid", claims=wanted)
    assert set(said["scope"].split()) == {"openid", "email", "phone"}
    _, claims = read(machine, said["id_token"])
    assert (claims["email"], claims["phone_number"]) == ("mara@example.com", "+46 70 000 00 00")
    assert "name" not in claims


# ── Userinfo ──


def userinfo(machine: Caller, token: str, *, method: str = "GET") -> Response:
    return machine.send(method, "/userinfo", None, {"Authorization": f"Bearer {token}"})


def test_oidc_core_userinfo_tells_what_the_granted_scopes_stand_for(machine: Caller, browser: Browser) -> None:
    said = tokens_for(machine, browser, scope="openid profile email address phone")
    answer = userinfo(machine, said["access_token"])
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    sub = read(machine, said["id_token"])[1]["sub"]
    assert answer.json == {
        "sub": sub, "name": "Mara Lindqvist", "given_name": "Mara", "family_name": "Lindqvist",
        "preferred_username": "mara", "locale": "sv-SE", "email": "mara@example.com", "email_verified": True,
        "address": {"locality": "Lund", "country": "SE"}, "phone_number": "+46 70 000 00 00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "names"), [("openid", {"sub"}), ("openid email", {"sub", "email", "email_verified"})]
)
def test_oidc_core_userinfo_tells_no_more_than_was_granted(
    machine: Caller, browser: Browser, scope: str, names: set[str]
) -> None:
    assert userinfo(machine, tokens_for(machine, browser, scope=scope)["access_token"]).json.keys() == names


def test_rfc6750_the_token_comes_by_header_or_by_the_body_of_a_post(machine: Caller, browser: Browser) -> None:
    token = tokens_for(machine, browser, scope="openid")["access_token"]
    answers = [
        userinfo(machine, token),
        userinfo(machine, token, method="POST"),
        machine.send("POST", "/userinfo", f"access_token={token}".encode(), {"Content-Type": FORM}),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len({answer.text for answer in answers}) == 1


def test_r54_without_a_token_the_challenge_names_no_error(machine: Caller) -> None:
    for answer in (machine.send("GET", "/userinfo"), machine.send("POST", "/userinfo", b"", {"Content-Type": FORM})):
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authserver"'
        assert "error" not in answer.json
        assert answer.headers["X-Reference"]


@pytest.mark.parametrize("token", ["rubbish", "asa_" + "0" * 52, "a.b.c", ""])
def test_r54_a_token_that_does_not_hold_is_invalid(machine: Caller, token: str) -> None:
    answer = userinfo(machine, token)
    is_refused(answer, 401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_r54_a_token_without_openid_is_told_the_scope_that_it_needs(machine: Caller, browser: Browser) -> None:
    answer = userinfo(machine, tokens_for(machine, browser, scope="ping")["access_token"])
    is_refused(answer, 403, "insufficient_scope")
    assert 'scope="openid"' in answer.headers["WWW-Authenticate"]


def test_rfc6750_a_token_in_the_address_or_twice_is_a_bad_request(machine: Caller, browser: Browser) -> None:
    token = tokens_for(machine, browser, scope="openid")["access_token"]
    bearer, form = {"Authorization": f"Bearer {token}"}, {"Content-Type": FORM}
    twice = f"access_token={token}&access_token={token}".encode()
    for answer in (
        machine.send("GET", f"/userinfo?access_token={token}"),
        machine.send("POST", "/userinfo", f"access_token={token}".encode(), {**bearer, **form}),
        machine.send("POST", "/userinfo", twice, form),
    ):
        is_refused(answer, 400, "invalid_request")
    assert machine.send("PUT", "/userinfo", b"", bearer).status == 405
    json_body = {**bearer, "Content-Type": "application/json"}
    assert machine.send("POST", "/userinfo", b"{}", json_body).status in (400, 415)


def test_r57_a_revoked_token_opens_userinfo_no_more(machine: Caller, browser: Browser) -> None:
    from tests.protocol.conftest import as_client

    token = tokens_for(machine, browser, scope="openid")["access_token"]
    machine.post("/revoke", {"token": token}, authorization=as_client("web"))
    is_refused(userinfo(machine, token), 401, "invalid_token")


# ── Discovery ──


def test_oidc_discovery_announces_what_is_on(machine: Caller) -> None:
    said = machine.send("GET", "/.well-known/openid-configuration").json
    base = said["issuer"]
    assert said["userinfo_endpoint"] == f"{base}/userinfo"
    assert said["end_session_endpoint"] == f"{base}/end_session"
    assert (said["subject_types_supported"], said["response_types_supported"]) == (["public"], ["code"])
    assert set(said["id_token_signing_alg_values_supported"]) == {"RS256", "ES256"}
    assert said["claims_parameter_supported"] is True
    assert said["request_parameter_supported"] is said["request_uri_parameter_supported"] is False
    assert {"openid", "profile", "email", "address", "phone"} <= set(said["scopes_supported"])
    oauth = machine.send("GET", "/.well-known/oauth-authorization-server").json
    assert oauth.items() <= said.items()


# ── id_token_hint ──


def test_oidc_core_a_hint_about_the_person_signed_in_changes_nothing(machine: Caller, browser: Browser) -> None:
    hint = tokens_for(machine, browser, scope="openid ping")["id_token"]
    assert browser.authorize(scope="openid ping", id_token_hint=hint, prompt="none").code


def test_oidc_core_a_hint_about_somebody_else_is_login_required(machine: Caller, browser: Browser) -> None:
    hint = tokens_for(machine, browser, scope="openid ping")["id_token"]
    other = Browser(browser.url)
    other.sign_in("tomas")
    silent = other.authorize(scope="openid ping", id_token_hint=hint, prompt="none")
    assert silent.parameters["error"] == "login_required"
    asked = other.authorize(scope="openid ping", id_token_hint=hint)
    assert asked.location.startswith("/sign-in/?next=")


@pytest.mark.parametrize("hint", ["rubbish", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."])
def test_oidc_core_what_is_no_id_token_of_ours_is_refused_as_a_hint(browser: Browser, hint: str) -> None:
    answer = browser.get("/authorize", f"{_sound()}&id_token_hint={quote(hint)}")
    assert answer.parameters["error"] == "invalid_request"


def _sound() -> str:
    from urllib.parse import urlencode

    from tests.protocol.authorizing import request_of

    return urlencode(request_of(scope="openid"))
