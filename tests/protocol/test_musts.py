"""Demands of the standards that no other test speaks of, over HTTP: `docs/protocol_map.md` names each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.protocol.authorizing import Browser, redeem, refresh
from tests.protocol.caller import Caller
from tests.protocol.conftest import as_client
from tests.protocol.test_openid import read, tokens_for

CONFIDENTIAL_ALGORITHMS = {"RS256", "ES256"}
DOCUMENTS = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")


def live(machine: Caller, token: str) -> bool:
    return bool(machine.introspect(token, authorization=as_client("inner"))["active"])


def test_rfc6749_parameters_that_nobody_knows_are_passed_over(machine: Caller, browser: Browser) -> None:
    """§3.1, §3.2: "The authorization server MUST ignore unrecognized request parameters"."""
    code = browser.code(prompt="consent", colour="blue", display_name="x")
    tokens = redeem(machine, code, colour="blue")
    assert tokens.status == 200, tokens.text
    token = tokens.json["access_token"]
    looked_up = machine.post("/introspect", {"token": token, "colour": "blue"}, authorization=as_client("inner"))
    assert looked_up.json["active"] is True
    assert machine.post("/revoke", {"token": token, "colour": "blue"}, authorization=as_client("web")).status == 200
    assert not live(machine, token)


def test_rfc6749_a_token_cannot_be_changed_or_made_up(machine: Caller) -> None:
    """§10.3: access tokens MUST NOT be "generated, modified, or guessed" by others."""
    for client in ("service", "signer"):
        token = machine.token(scope="ping", authorization=as_client(client))
        middle = len(token) // 2
        changed = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
        assert live(machine, token)
        assert not live(machine, changed)
        assert not live(machine, token + "A")


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "id_token", "no such kind", ""])
def test_rfc7009_rfc7662_a_hint_that_is_wrong_finds_the_token_all_the_same(
    machine: Caller, browser: Browser, hint: str
) -> None:
    """RFC 7009 §2.1: the search MUST be extended "across all of its supported token types"; RFC 7662 §2.1 alike."""
    tokens = tokens_for(machine, browser, scope="ping")
    asked = {"token": tokens["access_token"], "token_type_hint": hint}
    assert machine.post("/introspect", asked, authorization=as_client("inner")).json["active"] is True
    for name in ("access_token", "refresh_token"):
        tokens = tokens_for(machine, browser, scope="ping")
        form = {"token": tokens[name], "token_type_hint": hint}
        assert machine.post("/revoke", form, authorization=as_client("web")).status == 200
        assert not live(machine, tokens["access_token"])
        assert refresh(machine, tokens["refresh_token"]).error == "invalid_grant"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_rfc8414_metadata_is_a_json_object_without_empty_members(machine: Caller, path: str) -> None:
    """§3.2: 200, `application/json`; "Claims with zero elements MUST be omitted from the response"."""
    answer = machine.send("GET", path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    said: dict[str, Any] = json.loads(answer.text)
    assert [name for name, value in said.items() if value in ([], "", None, {})] == []


def test_rfc8414_each_member_that_the_standards_require_is_there(machine: Caller) -> None:
    """RFC 8414 §2; OpenID Connect Discovery §3: `RS256` MUST be among the algorithms; no query in the issuer."""
    said = machine.send("GET", DOCUMENTS[1]).json
    required = {
        "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported",
        "subject_types_supported", "id_token_signing_alg_values_supported",
    }  # fmt: skip
    assert required <= said.keys()
    assert not {"?", "#"} & set(said["issuer"])
    assert "RS256" in said["id_token_signing_alg_values_supported"]
    assert "none" not in said["id_token_signing_alg_values_supported"]
    assert set(said["token_endpoint_auth_signing_alg_values_supported"]) >= CONFIDENTIAL_ALGORITHMS


def test_oidc_core_what_this_server_does_nothing_with_is_no_error(machine: Caller, browser: Browser) -> None:
    """§3.1.2.1, §15.1: `display`, `ui_locales`, `claims_locales` and `acr_values` MUST at least cause no error."""
    code = browser.code(
        prompt="consent",
        scope="openid ping",
        display="popup",
        ui_locales="sv de",
        claims_locales="sv",
        acr_values="urn:example:gold 2",
        login_hint="mara",
    )
    assert redeem(machine, code).json["id_token"]


def test_oidc_core_a_scope_value_that_is_not_known_beside_openid_is_refused_by_name(browser: Browser) -> None:
    """§3.1.2.1 lets unknown scopes be ignored ("SHOULD"); the contract of this server refuses them (R33)."""
    assert browser.authorize(scope="openid never.heard.of").parameters["error"] == "invalid_scope"


def test_oidc_core_a_person_is_one_subject_everywhere_and_each_other_ones_another(
    machine: Caller, browser: Browser
) -> None:
    """§2, §5.3.2, §5.7, §12.2: `sub` of ID token, userinfo and refreshed ID token are the same; ASCII, at most 255."""
    tokens = tokens_for(machine, browser, scope="openid profile ping")
    (_, claims) = read(machine, tokens["id_token"])
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = machine.send("GET", "/userinfo", headers=bearer)
    assert answer.headers["Content-Type"] == "application/json"
    (_, again) = read(machine, refresh(machine, tokens["refresh_token"]).json["id_token"])
    assert answer.json["sub"] == claims["sub"] == again["sub"]
    assert claims["sub"].isascii()
    assert len(claims["sub"]) <= 255
    assert "mara" not in claims["sub"]
    other = Browser(browser.url)
    other.sign_in("tomas")
    (_, theirs) = read(machine, tokens_for(machine, other, scope="openid ping")["id_token"])
    assert theirs["sub"] != claims["sub"]


def test_oidc_core_an_id_token_names_its_key_which_is_published(machine: Caller, browser: Browser) -> None:
    """§2: signed by JWS, never `none`; §10.1: with several keys, `kid` MUST be in the header."""
    header, _ = read(machine, tokens_for(machine, browser, scope="openid ping")["id_token"])
    keys = {key["kid"]: key for key in machine.send("GET", "/jwks").json["keys"]}
    assert len(keys) > 1
    assert keys[header["kid"]]["alg"] == header["alg"] == "RS256"
    assert keys[header["kid"]]["use"] == "sig"


def test_oidc_core_max_age_moves_the_time_of_the_sign_in(machine: Caller, browser: Browser) -> None:
    """§2, §3.1.2.1: with `max_age` the ID token MUST include `auth_time`, here it always does; `prompt=login` asks."""
    (_, first) = read(machine, tokens_for(machine, browser, scope="openid ping", max_age="10000")["id_token"])
    assert first["auth_time"] <= first["iat"]
    asked = browser.authorize(scope="openid ping", prompt="login")
    assert asked.location.startswith("/sign-in/?next=")


def test_oidc_core_offline_access_alone_gives_no_refresh_token_to_a_client_that_may_not_refresh(
    machine: Caller, browser: Browser
) -> None:
    """§11 leaves to the server when a refresh token is given: here the client's limit says it (R29)."""
    asked = {"client_id": "odd", "redirect_uri": "https://odd.example/back", "scope": "offline_access ping"}
    code = browser.allow(browser.authorize(prompt="consent", **asked)).code
    said = redeem(machine, code, client_id="odd", redirect_uri="https://odd.example/back")
    assert said.status == 200, said.text
    assert "refresh_token" not in said.json
